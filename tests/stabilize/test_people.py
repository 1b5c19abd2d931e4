"""Pictures, videos and COCO files of a user: what is no picture is counted, not fatal."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import tiny_runs
from videos import write_video

from mmpose_stable.datasets import UnlabelledDataset
from mmpose_stable.stabilize.people import find_people, write_people


@pytest.fixture
def folder(tmp_path):
    """Two pictures of other formats, and what a folder of pictures has beside them."""
    folder = tmp_path / 'pictures'
    (folder / 'below').mkdir(parents=True)
    cv2.imwrite(str(folder / 'a.jpg'), np.zeros((20, 30, 3), np.uint8))
    cv2.imwrite(str(folder / 'below' / 'b.tiff'), np.zeros((20, 30), np.uint16))
    (folder / 'notes.txt').write_text('no picture')
    (folder / 'empty.png').touch()
    (folder / 'cut.jpg').write_bytes((folder / 'a.jpg').read_bytes()[:20])
    return folder


def test_a_folder_gives_whole_pictures_and_counts_the_rest(folder, tmp_path):
    people, left_out = find_people(folder, None, tmp_path / 'frames')
    pictures = [folder / 'a.jpg', folder / 'below' / 'b.tiff']
    assert people == [(path, (0, 0, 30, 20)) for path in pictures]
    assert left_out == 3
    with pytest.raises(ValueError, match='expected a folder of pictures'):
        find_people(tmp_path / 'gone', None, tmp_path / 'frames')
    for path in pictures:
        path.unlink()
    with pytest.raises(ValueError, match=r'no picture that can be used, in 3 files'):
        find_people(folder, None, tmp_path / 'frames')


def test_boxes_of_a_file_are_cut_at_the_border(folder, tmp_path):
    table = tmp_path / 'boxes.csv'
    rows = ['a.jpg,20,5,50,10', 'a.jpg,40,0,5,5', 'a.jpg,x,0,5,5', 'gone.jpg,0,0,9,9']
    table.write_text('\n'.join(['file,x,y,w,h', *rows]))
    people, left_out = find_people(folder, table, tmp_path / 'frames')
    assert people == [(folder / 'a.jpg', (20, 5, 10, 10))]
    assert left_out == 3
    table.write_text('name,x\n')
    with pytest.raises(ValueError, match=r'--boxes: .* needs a first line file,x,y,w,h'):
        find_people(folder, table, tmp_path / 'frames')


def test_a_video_gives_frames_and_its_track_of_boxes(tmp_path):
    clip = write_video(tmp_path / 'clip.avi', [np.zeros((20, 30, 3), np.uint8)] * 5)
    track = tmp_path / 'track.csv'
    track.write_text('frame,x,y,w,h\n1,0,0,10,10\n3,5,5,10,10\n')
    people, _ = find_people(clip, track, tmp_path / 'frames')
    frames = [tmp_path / 'frames' / name for name in ('000001.jpg', '000003.jpg')]
    assert people == [(frames[0], (0, 0, 10, 10)), (frames[1], (5, 5, 10, 10))]
    assert len(find_people(clip, None, tmp_path / 'frames')[0]) == 5


def test_a_coco_files_keypoints_are_not_read(tmp_path):
    file = tiny_runs.write_data(tmp_path / 'data') / 'labels.json'
    labels = json.loads(file.read_text())
    for annotation in labels['annotations']:
        annotation['keypoints'] = 'nonsense'
    file.write_text(json.dumps(labels))
    people, _ = find_people(file, None, tmp_path / 'frames')
    write_people(tmp_path / 'people.json', people, {})
    dataset = UnlabelledDataset(str(tmp_path / 'people.json'), tiny_runs.META)
    assert len(dataset) == len(people) == sum(tiny_runs.PERSONS)
    sample = dataset[0]
    x, y, width, height = labels['annotations'][0]['bbox']
    np.testing.assert_allclose(sample['bbox'], [[x, y, x + width, y + height]], rtol=1e-5)
    assert not sample['keypoints_visible'].any()
    assert sample['keypoints'].shape == (1, len(tiny_runs.NAMES), 2)
    assert Path(sample['img_path']).is_file()


EMPTY_COCO = '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": []}'


@pytest.mark.parametrize(
    ('text', 'said'), [(EMPTY_COCO, 'none of the 1 pict'), ('[]', 'no COCO file')]
)
def test_a_coco_file_that_leads_to_no_picture_is_refused(text, said, tmp_path):
    (tmp_path / 'labels.json').write_text(text)
    with pytest.raises(ValueError, match=said):
        find_people(tmp_path / 'labels.json', None, tmp_path / 'frames')
