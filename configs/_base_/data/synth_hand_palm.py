# Rendered hands that show their palm, of which short trainings learn more than of all sides.
_base_ = './synth_hand.py'

augmentation = [
    dict(type='RandomFlip'),
    dict(type='RandomBBoxTransform', scale_factor=(0.85, 1.15), rotate_factor=20),
]

# Smaller pictures are rendered in less time. AUC stays over 0 to 30 px, a larger share of them.
hands = dict(views='palm', image_size=(112, 112))
train_data = dict(num_samples=32000, **hands)  # 2,000 updates of 16 see each once
train_dataloader = dict(dataset=train_data)
val_data = dict(num_samples=400, **hands)
val_dataloader = dict(dataset=val_data)
test_dataloader = dict(dataset=val_data)
