"""How much of what matters a crop keeps: Keepsight beside other croppers, over any folder of boxed photos.

`python -m benchmarks.crop_quality PHOTOS --weights WEIGHTS`; what every number means is in docs/crop-quality.md.
"""
