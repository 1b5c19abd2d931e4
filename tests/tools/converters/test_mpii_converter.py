"""MPII on a release file written in the original's layout of nested structs."""

import numpy as np
import pytest
from mmpose.datasets.datasets.body import MpiiDataset
from mpii_to_coco import read_persons
from scipy.io import savemat

from mmpose_stable.datasets import check_configured_files

EMPTY = np.zeros((0, 0))


def structs(*entries):
    """Return a MATLAB struct array; the entries' keys are its fields."""
    fields = list(dict.fromkeys(key for entry in entries for key in entry))
    array = np.empty((1, len(entries)), dtype=[(field, object) for field in fields])
    array[0] = [tuple(entry.get(field, EMPTY) for field in fields) for entry in entries]
    return array


def person(seed, joints=range(16)):
    """Return a labelled person and its joints (id to x, y)."""
    rng = np.random.default_rng(seed)
    places = {joint: rng.uniform(10, 600, 2).round(2) for joint in joints}
    points = [
        # The release writes visibility as text, as numbers, and as nothing at all.
        dict(x=x, y=y, id=joint, is_visible=['1', 0, EMPTY][joint % 3])
        for joint, (x, y) in places.items()
    ]
    head = dict(x1=10 + seed, y1=20, x2=50 + seed, y2=80)
    place = dict(scale=2.5 + seed, objpos=structs(dict(x=300 + seed, y=200)))
    return {**head, **place, 'annopoints': structs(dict(point=structs(*points)))}, places


def image(name, *rectangles):
    annorect = structs(*rectangles) if rectangles else EMPTY
    return dict(image=structs(dict(name=name)), annorect=annorect, frame_sec=7, vididx=3)


def cells(*values):
    array = np.empty((len(values), 1), dtype=object)
    array[:, 0] = values
    return array


@pytest.fixture
def release(tmp_path):
    """Five images: two persons, a partly labelled one, none, a test image, a box without joints."""
    bare = dict(person(3)[0], annopoints=EMPTY)
    test_person = dict(scale=2.0, objpos=structs(dict(x=5, y=6)))
    content = dict(
        annolist=structs(
            image('000000001.jpg', person(1)[0], person(2)[0]),
            image('000000002.jpg', person(4, joints=[0, 9])[0], bare),
            image('000000003.jpg'),
            image('000000004.jpg', test_person),
            image('000000005.jpg', person(5, joints=[8])[0]),
        ),
        img_train=np.array([[1, 1, 1, 0, 1]]),
        single_person=cells(np.array([[2]]), np.array([[1], [2]]), EMPTY, 1, 1),
        version='12',
    )
    path = tmp_path / 'mpii_human_pose_v1_u12_1.mat'
    savemat(path, dict(RELEASE=content))
    return path


def images_of(persons):
    return [int(person.entry['image'][:9]) for person in persons]


def test_labelled_persons_of_training_images_are_read(release):
    persons, incomplete = read_persons(release)
    assert images_of(persons) == [1, 1, 2, 5]
    assert incomplete == 1
    expected = [(1, range(16)), (2, range(16)), (4, [0, 9]), (5, [8])]
    for (entry, head_box), (seed, joints) in zip(persons, expected, strict=True):
        places = person(seed, joints)[1]
        for joint in range(16):
            np.testing.assert_allclose(entry['joints'][joint], places.get(joint, (-1, -1)))
            assert entry['joints_vis'][joint] == (joint in places)
        assert entry['scale'] == 2.5 + seed
        assert entry['center'] == [300 + seed, 200]
        np.testing.assert_array_equal(head_box, [[10 + seed, 20], [50 + seed, 80]])


def test_images_can_be_chosen(release):
    listed = ['000000002.jpg', '000000005.jpg']
    assert images_of(read_persons(release, images=listed)[0]) == [2, 5]
    assert images_of(read_persons(release, without_images=listed)[0]) == [1, 1]
    with pytest.raises(ValueError, match=r'000000004\.jpg is not among the training images'):
        read_persons(release, images=['000000004.jpg'])


def test_single_persons_of_the_test_images_have_a_place_and_no_labels(release):
    persons, incomplete = read_persons(release, test=True)
    ((entry, _),) = persons
    assert (entry['image'], entry['center'], entry['scale']) == ('000000004.jpg', [5.0, 6.0], 2.0)
    assert entry['joints'] == [[-1.0, -1.0]] * 16
    assert entry['joints_vis'] == [0] * 16
    assert incomplete == 0


def test_the_script_writes_what_mmpose_reads_with_a_head_box_for_each_person(
    release, tmp_path, run_tool, monkeypatch, capsys
):
    # MMPose looks for its data set descriptions below the working directory first.
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'list.txt').write_text('000000001.jpg\n000000002.jpg\n')
    files = dict(ann_file=str(tmp_path / 'val.json'), headbox_file=str(tmp_path / 'gt.mat'))
    words = ('--images', 'list.txt', '--out', 'val.json', '--head-boxes', 'gt.mat')
    run_tool('converters/mpii_to_coco', release, *words)
    assert '3 annotations\nleft out: 1 without complete labels' in capsys.readouterr().out
    data = MpiiDataset(**files, data_prefix=dict(img='images'), test_mode=True, pipeline=[])
    assert len(data) == 3
    for index, (entry, _) in enumerate(read_persons(release)[0][:3]):
        sample = data.get_data_info(index)
        np.testing.assert_allclose(sample['keypoints'][0], entry['joints'], rtol=1e-6)
        np.testing.assert_array_equal(sample['keypoints_visible'][0], entry['joints_vis'])
        np.testing.assert_allclose(sample['head_size'], [[0.6 * np.hypot(40, 60)]])
    config = dict(type='MpiiDataset', **files, test_mode=True)
    check_configured_files(config)
    run_tool('converters/mpii_to_coco', release, '--out', 'val.json')
    with pytest.raises(
        ValueError, match=r'headbox_file .*gt\.mat: .* \(2, 2, 4\), .* has \(2, 2, 3'
    ):
        check_configured_files(config)


@pytest.mark.parametrize('count', [0, 2])
def test_a_release_of_a_single_image_is_read_unless_it_has_no_person(count, tmp_path):
    # MATLAB does not write one struct as an array.
    annolist = structs(image('b.jpg', *(person(seed)[0] for seed in range(count))))
    content = dict(annolist=annolist, img_train=1, single_person=cells(1))
    savemat(tmp_path / 'a.mat', dict(RELEASE=content))
    if count:
        assert len(read_persons(tmp_path / 'a.mat')[0]) == count
    else:
        with pytest.raises(ValueError, match='no person'):
            read_persons(tmp_path / 'a.mat')
