# CL + M: maximum stability training of CLNet's sparse heatmaps, and of its offsets. In neither
# paper. A leaf of a CLNet config takes the two as `model` and as the end of its training pipeline.
cl_mst = dict(
    type='StabilityTrainedPoseEstimator',
    # As beside the baseline's mean square error, see configs/stable/sign_hands/m.py.
    consistency=[dict(type='MSTLoss', loss_weight=0.01), dict(type='OffsetStabilityLoss')],
)
views = [dict(type='PerturbedViews', num_views=1, kinds='train'), dict(type='PackPoseViews')]
