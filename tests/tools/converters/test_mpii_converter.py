"""MPII on a release file written in the original's layout of nested structs."""

import json
import runpy
import sys

import numpy as np
import pytest
from annotation_files import ConversionError, write_annotations, write_matlab
from mmpose.datasets.datasets.body import MpiiDataset
from mpii_to_coco import (
    MPII_JOINTS,
    annotation_list,
    head_box_file,
    read_persons,
)
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
    assert [entry.image for entry in persons] == [
        '000000001.jpg',
        '000000001.jpg',
        '000000002.jpg',
        '000000005.jpg',
    ]
    assert incomplete == 1
    for entry, (seed, joints) in zip(
        persons, [(1, range(16)), (2, range(16)), (4, [0, 9]), (5, [8])], strict=True
    ):
        places = person(seed, joints)[1]
        for joint in range(16):
            expected = places.get(joint, (-1, -1))
            np.testing.assert_allclose(entry.joints[joint], expected)
            assert entry.labelled[joint] == (joint in places)
        assert entry.scale == 2.5 + seed
        assert entry.center == (300 + seed, 200)
        np.testing.assert_array_equal(entry.head_box, [[10 + seed, 20], [50 + seed, 80]])


def test_images_can_be_chosen_and_left_out(release):
    chosen = read_persons(release, images={'000000002.jpg', '000000005.jpg'})
    assert [entry.image[8] for entry in chosen.persons] == ['2', '5']
    rest = read_persons(release, without_images={'000000002.jpg', '000000005.jpg'})
    assert [entry.image[8] for entry in rest.persons] == ['1', '1']
    with pytest.raises(ConversionError, match=r'000000004\.jpg is not among the training images'):
        read_persons(release, images={'000000004.jpg'})


def test_separated_persons_are_those_the_release_lists(release):
    persons, incomplete = read_persons(release, separated_only=True)
    assert [entry.scale for entry in persons] == [4.5, 6.5, 7.5]
    assert incomplete == 1


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
    write_annotations(annotation_list(persons[1:]), tmp_path / 'val.json')
    write_matlab(head_box_file(persons), tmp_path / 'gt.mat')
    config = dict(
        type='MpiiDataset',
        ann_file=str(tmp_path / 'val.json'),
        headbox_file=str(tmp_path / 'gt.mat'),
        test_mode=True,
    )
    with pytest.raises(
        ValueError, match=r'headbox_file .*gt\.mat: .* \(2, 2, 3\), .* has \(2, 2, 4'
    ):
        check_configured_files(config)
    write_annotations(annotation_list(persons), tmp_path / 'val.json')
    check_configured_files(config)


def test_annotations_have_the_form_of_mmpose_samples(release, shared_data):
    path = shared_data / 'mmpose_samples' / 'mpii' / 'test_mpii.json'
    sample = json.loads(path.read_text())[0]
    ours = annotation_list(read_persons(release).persons)[0]
    assert ours.keys() == sample.keys()
    for key, value in sample.items():
        assert type(ours[key]) is type(value)
        assert np.shape(ours[key]) == np.shape(value)


def test_head_box_file_holds_what_evaluation_scripts_read(release, tmp_path):
    persons = read_persons(release).persons
    write_matlab(head_box_file(persons), tmp_path / 'gt.mat')
    content = loadmat(tmp_path / 'gt.mat')
    assert content['headboxes_src'].shape == (2, 2, 4)
    assert content['pos_gt_src'].shape == (16, 2, 4)
    np.testing.assert_array_equal(content['jnt_missing'][:, 2], [0, *[1] * 8, 0, *[1] * 6])
    assert np.where(content['dataset_joints'] == 'lsho')[1][0] == 13


def test_wrong_content_is_refused_with_a_reason(tmp_path):
    path = tmp_path / 'a.mat'
    with pytest.raises(ConversionError, match=r'a\.mat does not exist'):
        read_persons(path)
    savemat(path, dict(joints=1))
    with pytest.raises(ConversionError, match='should hold a struct RELEASE'):
        read_persons(path)
    savemat(path, dict(RELEASE=dict(annolist=1, img_train=1)))
    with pytest.raises(ConversionError, match=r"RELEASE with \['single_person'\]"):
        read_persons(path)
    broken = person(1)[0]
    broken['annopoints'] = structs(dict(point=structs(dict(x=np.nan, y=3, id=2))))
    for rectangles, train, reason in [
        ([broken], [1], 'a joint of b.jpg has no valid id and position'),
        ([], [1], 'no person'),
        ([], [1, 1], 'differ in length'),
    ]:
        content = dict(
            annolist=structs(image('b.jpg', *rectangles)),
            img_train=np.array(train),
            single_person=cells(1),
        )
        savemat(path, dict(RELEASE=content))
        with pytest.raises(ConversionError, match=reason):
            read_persons(path)


def test_script_writes_both_files(release, tmp_path, monkeypatch, repo, capsys):
    (tmp_path / 'val.txt').write_text('000000001.jpg\n')
    out, boxes = tmp_path / 'val.json', tmp_path / 'gt.mat'
    script = str(repo / 'tools/converters/mpii_to_coco.py')
    options = ['--images', tmp_path / 'val.txt', '--out', out, '--head-boxes', boxes]
    monkeypatch.setattr(sys, 'argv', ['mpii_to_coco.py', str(release), *map(str, options)])
    runpy.run_path(script, run_name='__main__')
    assert len(json.loads(out.read_text())) == 2
    assert loadmat(boxes)['headboxes_src'].shape[-1] == 2
    assert '2 persons; left out: 0' in capsys.readouterr().out
    sys.argv[1] = str(tmp_path / 'missing.mat')
    with pytest.raises(SystemExit, match=r'^mpii_to_coco: .*missing\.mat does not exist$'):
        runpy.run_path(script, run_name='__main__')
