# The keypoints of OneHand10K under the name of these photographs. MMPose looks for a file that is
# not there among its own by its name, so elsewhere the configs of hands find its onehand10k.py.
_base_ = 'mmpose::_base_/datasets/onehand10k.py'
dataset_info = dict(
    dataset_name='sign_language_digits',
    paper_info=dict(
        _delete_=True,
        title='Sign Language Digits Dataset',
        homepage='https://github.com/ardamavi/Sign-Language-Digits-Dataset',
    ),
)
