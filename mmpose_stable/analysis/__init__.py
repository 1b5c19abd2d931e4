"""Looking at what a model does around single pictures: loss surfaces, heatmaps."""
