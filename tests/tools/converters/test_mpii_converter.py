"""MPII on a release file written in the original's layout of nested structs."""

import json

import numpy as np
import pytest
from annotation_files import ConversionError, write_annotations, write_matlab
from mmpose.datasets.datasets.body import MpiiDataset
from mpii_to_coco import MPII_JOINTS, annotation_list, head_box_file, read_persons
from scipy.io import loadmat, savemat

from mmpose_stable.datasets import check_configured_files

EMPTY = np.zeros((0, 0))
FULL_NAMES = dict(
    rank='right_ankle', rkne='right_knee', rhip='right_hip', lhip='left_hip', lkne='left_knee',
    lank='left_ankle', pelv='pelvis', thor='thorax', neck='upper_neck', head='head_top',
    rwri='right_wrist', relb='right_elbow', rsho='right_shoulder', lsho='left_shoulder',
    lelb='left_elbow', lwri='left_wrist',
)  # fmt: skip


def structs(*entries):
    """Return a MATLAB struct array; the entries' keys are its fields."""
    fields = list(dict.fromkeys(key for entry in entries for key in entry))
    array = np.empty((1, len(entries)), dtype=[(field, object) for field in fields])
    for index, entry in enumerate(entries):
        for field in fields:
            array[0, index][field] = entry.get(field, EMPTY)
    return array


def person(seed, joints=range(16)):
    """Return a labelled person and its joints (id to x, y)."""
    rng = np.random.default_rng(seed)
    places = {joint: rng.uniform(10, 600, 2).round(2) for joint in joints}
    points = structs(
        *(
            # The release writes visibility as text, as numbers, and as nothing at all.
            dict(x=x, y=y, id=joint, is_visible=['1', 0, EMPTY][joint % 3])
            for joint, (x, y) in places.items()
        )
    )
    rectangle = dict(
        x1=10 + seed,
        y1=20,
        x2=50 + seed,
        y2=80,
        annopoints=structs(dict(point=points)),
        scale=2.5 + seed,
        objpos=structs(dict(x=300 + seed, y=200)),
    )
    return rectangle, places


def image(name, *rectangles):
    return dict(
        image=structs(dict(name=name)),
        annorect=structs(*rectangles) if rectangles else EMPTY,
        frame_sec=7,
        vididx=3,
    )


def cells(*values):
    array = np.empty((len(values), 1), dtype=object)
    array[:, 0] = values
    return array


@pytest.fixture
def release(tmp_path):
    """Five images: two persons, a partly labelled one, none, a test image, a box without joints."""
    bare = dict(person(3)[0], annopoints=EMPTY)
    test_person = dict(scale=2.0, objpos=structs(dict(x=5, y=6)))
    entries = [
        image('000000001.jpg', person(1)[0], person(2)[0]),
        image('000000002.jpg', person(4, joints=[0, 9])[0], bare),
        image('000000003.jpg'),
        image('000000004.jpg', test_person),
        image('000000005.jpg', person(5, joints=[8])[0]),
    ]
    content = dict(
        annolist=structs(*entries),
        img_train=np.array([[1, 1, 1, 0, 1]]),
        single_person=cells(np.array([[2]]), np.array([[1], [2]]), EMPTY, 1, 1),
        version='12',
    )
    path = tmp_path / 'mpii_human_pose_v1_u12_1.mat'
    savemat(path, dict(RELEASE=content))
    return path


def test_labelled_persons_of_training_images_are_read(release):
    persons, incomplete = read_persons(release)
    assert [int(entry.image[:9]) for entry in persons] == [1, 1, 2, 5]
    assert incomplete == 1
    expected = [(1, range(16)), (2, range(16)), (4, [0, 9]), (5, [8])]
    for entry, (seed, joints) in zip(persons, expected, strict=True):
        places = person(seed, joints)[1]
        for joint in range(16):
            np.testing.assert_allclose(entry.joints[joint], places.get(joint, (-1, -1)))
            assert entry.labelled[joint] == (joint in places)
        assert entry.scale == 2.5 + seed
        assert entry.center == (300 + seed, 200)
        np.testing.assert_array_equal(entry.head_box, [[10 + seed, 20], [50 + seed, 80]])


def test_images_and_separated_persons_can_be_chosen(release):
    chosen = read_persons(release, images={'000000002.jpg', '000000005.jpg'})
    assert [entry.image[8] for entry in chosen.persons] == ['2', '5']
    rest = read_persons(release, without_images={'000000002.jpg', '000000005.jpg'})
    assert [entry.image[8] for entry in rest.persons] == ['1', '1']
    separated, incomplete = read_persons(release, separated_only=True)
    assert ([entry.scale for entry in separated], incomplete) == ([4.5, 6.5, 7.5], 1)
    with pytest.raises(ConversionError, match=r'000000004\.jpg is not among the training images'):
        read_persons(release, images={'000000004.jpg'})


def test_persons_of_the_test_images_have_a_place_and_no_labels(release, tmp_path):
    persons, incomplete = read_persons(release, test=True, separated_only=True)
    write_annotations(annotation_list(persons), tmp_path / 'test.json')
    (entry,) = json.loads((tmp_path / 'test.json').read_text())
    assert (entry['image'], entry['center'], entry['scale']) == ('000000004.jpg', [5.0, 6.0], 2.0)
    assert entry['joints'] == [[-1.0, -1.0]] * 16
    assert entry['joints_vis'] == [0] * 16
    assert incomplete == 0


def test_release_of_a_single_image_is_read(tmp_path):
    content = dict(
        annolist=structs(image('000000001.jpg', person(1)[0], person(2)[0])),
        img_train=1,
        single_person=cells(np.array([[1, 2]])),
    )
    savemat(tmp_path / 'a.mat', dict(RELEASE=content))
    assert len(read_persons(tmp_path / 'a.mat', separated_only=True).persons) == 2


def test_files_load_as_mmpose_dataset_with_head_sizes(release, tmp_path, monkeypatch):
    # MMPose looks for its data set descriptions below the working directory first.
    monkeypatch.chdir(tmp_path)
    persons = read_persons(release).persons
    write_annotations(annotation_list(persons), tmp_path / 'val.json')
    write_matlab(head_box_file(persons), tmp_path / 'gt.mat')
    data = MpiiDataset(
        ann_file=str(tmp_path / 'val.json'),
        headbox_file=str(tmp_path / 'gt.mat'),
        data_prefix=dict(img='images'),
        test_mode=True,
        pipeline=[],
    )
    assert len(data) == 4
    names = [data.metainfo['keypoint_id2name'][index] for index in range(16)]
    assert [FULL_NAMES[joint] for joint in MPII_JOINTS] == names
    for index, entry in enumerate(persons):
        sample = data.get_data_info(index)
        np.testing.assert_allclose(sample['keypoints'][0], entry.joints, rtol=1e-6)
        np.testing.assert_array_equal(sample['keypoints_visible'][0], entry.labelled)
        diagonal = np.hypot(40, 60)
        np.testing.assert_allclose(sample['head_size'], [[0.6 * diagonal]])


def test_head_boxes_of_more_persons_than_are_labelled_are_refused(release, tmp_path):
    persons = read_persons(release).persons
    write_matlab(head_box_file(persons), tmp_path / 'gt.mat')
    config = dict(type='MpiiDataset', ann_file=str(tmp_path / 'val.json'), test_mode=True)
    config['headbox_file'] = str(tmp_path / 'gt.mat')
    write_annotations(annotation_list(persons), tmp_path / 'val.json')
    check_configured_files(config)
    write_annotations(annotation_list(persons[1:]), tmp_path / 'val.json')
    with pytest.raises(
        ValueError, match=r'headbox_file .*gt\.mat: .* \(2, 2, 3\), .* has \(2, 2, 4'
    ):
        check_configured_files(config)


def write_release(path, *rectangles, train=(1,), **more):
    content = dict(
        annolist=structs(image('b.jpg', *rectangles)),
        img_train=np.array(train),
        single_person=cells(1),
    )
    savemat(path, more or dict(RELEASE=content))


BROKEN = dict(person(1)[0], annopoints=structs(dict(point=structs(dict(x=np.nan, y=3, id=2)))))


@pytest.mark.parametrize(
    ('rectangles', 'others', 'reason'),
    [
        ([], {'joints': 1}, 'should hold a struct RELEASE'),
        ([], {'RELEASE': {'annolist': 1, 'img_train': 1}}, r"RELEASE with \['single_person'\]"),
        ([BROKEN], {}, 'a joint of b.jpg has no valid id and position'),
        ([], {}, 'no person'),
        ([], {'train': [1, 1]}, 'differ in length'),
    ],
)
def test_wrong_content_is_refused_with_a_reason(tmp_path, rectangles, others, reason):
    write_release(tmp_path / 'a.mat', *rectangles, **others)
    with pytest.raises(ConversionError, match=reason):
        read_persons(tmp_path / 'a.mat')


def test_script_writes_both_files_with_what_evaluation_scripts_read(
    release, tmp_path, run_tool, capsys
):
    (tmp_path / 'val.txt').write_text('000000001.jpg\n000000002.jpg\n')
    out, boxes = tmp_path / 'val.json', tmp_path / 'gt.mat'
    words = ('--images', tmp_path / 'val.txt', '--out', out, '--head-boxes', boxes)
    run_tool('converters/mpii_to_coco', release, *words)
    assert len(json.loads(out.read_text())) == 3
    assert '3 persons; left out: 1' in capsys.readouterr().out
    content = loadmat(boxes)
    assert content['headboxes_src'].shape == (2, 2, 3)
    assert content['pos_gt_src'].shape == (16, 2, 3)
    np.testing.assert_array_equal(content['jnt_missing'][:, 2], [0, *[1] * 8, 0, *[1] * 6])
    assert np.where(content['dataset_joints'] == 'lsho')[1][0] == 13
    with pytest.raises(SystemExit, match=r'^mpii_to_coco: .*missing\.mat does not exist$'):
        run_tool('converters/mpii_to_coco', tmp_path / 'missing.mat', *words)
