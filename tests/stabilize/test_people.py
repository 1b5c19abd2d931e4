"""Pictures, videos and COCO files of a user: what is no picture is counted, not fatal."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import tiny_runs

from mmpose_stable.datasets import UnlabelledDataset
from mmpose_stable.stabilize.people import find_people, write_people


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)


@pytest.fixture
def folder(tmp_path, picture):
    """Two pictures of other formats, and what a folder of pictures has beside them."""
    folder = tmp_path / 'pictures'
    (folder / 'below').mkdir(parents=True)
    cv2.imwrite(str(folder / 'a.jpg'), picture)
    cv2.imwrite(str(folder / 'below' / 'b.tiff'), picture[..., 0].astype(np.uint16) * 256)
    cv2.imwrite(str(folder / 'small.png'), picture[:4, :4])
    (folder / 'notes.txt').write_text('no picture')
    (folder / 'empty.png').touch()
    (folder / 'cut.jpg').write_bytes((folder / 'a.jpg').read_bytes()[:20])
    return folder


def test_a_folder_gives_whole_pictures_and_counts_the_rest(folder, tmp_path):
    people = find_people(folder, None, tmp_path / 'frames')
    assert people.boxes == [
        (folder / 'a.jpg', 0, 0, 30, 20),
        (folder / 'below' / 'b.tiff', 0, 0, 30, 20),
    ]
    assert '2 persons in 2 pictures' in str(people)
    assert '3 files that are no picture, 1 pictures below 8 pixels' in str(people)


def test_boxes_of_a_file_are_cut_at_the_border(folder, tmp_path):
    table = tmp_path / 'boxes.csv'
    table.write_text('file,x,y,w,h\na.jpg,20,5,50,10\na.jpg,40,0,5,5\ngone.jpg,0,0,9,9\n')
    people = find_people(folder, table, tmp_path / 'frames')
    assert people.boxes == [(folder / 'a.jpg', 20, 5, 10, 10)]
    assert sum(people.skipped.values()) == 2
    table.write_text('name,x\n')
    with pytest.raises(ValueError, match=r'--boxes: .* needs a first line file,x,y,w,h'):
        find_people(folder, table, tmp_path / 'frames')


def test_no_picture_is_one_error_that_says_what_was_there(tmp_path):
    (tmp_path / 'notes.txt').write_text('no picture')
    with pytest.raises(ValueError, match=r'no picture that can be used .*1 files'):
        find_people(tmp_path, None, tmp_path / 'frames')
    with pytest.raises(ValueError, match='expected a folder of pictures'):
        find_people(tmp_path / 'gone', None, tmp_path / 'frames')


def test_a_video_gives_frames_and_its_track_of_boxes(tmp_path, picture):
    clip = tmp_path / 'clip.avi'
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter_fourcc(*'MJPG'), 10, (30, 20))
    for _ in range(5):
        writer.write(picture)
    writer.release()
    track = tmp_path / 'track.csv'
    track.write_text('frame,x,y,w,h\n1,0,0,10,10\n3,5,5,10,10\n')
    people = find_people(clip, track, tmp_path / 'frames')
    assert [box[0].name for box in people.boxes] == ['000001.jpg', '000003.jpg']
    assert all(cv2.imread(str(box[0])).shape == (20, 30, 3) for box in people.boxes)


def test_a_coco_files_keypoints_are_not_read(tmp_path):
    data = tiny_runs.write_data(tmp_path / 'data')
    labels = json.loads((data / 'labels.json').read_text())
    for annotation in labels['annotations']:
        annotation['keypoints'] = 'nonsense'
    (data / 'labels.json').write_text(json.dumps(labels))
    people = find_people(data / 'labels.json', None, tmp_path / 'frames')
    write_people(tmp_path / 'people.json', people)
    dataset = UnlabelledDataset(str(tmp_path / 'people.json'), tiny_runs.META)
    assert len(dataset) == len(people.boxes) == sum(tiny_runs.PERSONS)
    sample = dataset[0]
    x, y, width, height = labels['annotations'][0]['bbox']
    np.testing.assert_allclose(sample['bbox'], [[x, y, x + width, y + height]], rtol=1e-5)
    assert not sample['keypoints_visible'].any()
    assert sample['keypoints'].shape == (1, len(tiny_runs.NAMES), 2)
    assert Path(sample['img_path']).is_file()


def test_a_coco_file_whose_pictures_are_elsewhere_says_where_it_looked(tmp_path):
    path = tmp_path / 'labels.json'
    path.write_text('{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": []}')
    with pytest.raises(ValueError, match=r'none of the 1 pictures .* is in'):
        find_people(path, None, tmp_path / 'frames')
    path.write_text('[]')
    with pytest.raises(ValueError, match='no COCO file'):
        find_people(path, None, tmp_path / 'frames')
