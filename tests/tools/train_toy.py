"""Train the toy detector on drawn scenes, on a CPU, without Ultralytics' trainer.

    python tests/tools/train_toy.py --out tests/models/toy/toy.pt

The trainer, validator and predictor of Ultralytics import torchvision; its graph, loss and NMS do not, and they are
all that is used here. The checkpoint is what Ultralytics' own trainer leaves: `YOLO(path)` opens it, and so does
`torch.load(weights_only=True)` once the classes of `torch.nn` and `ultralytics.nn` in it are allowed.
See README.md beside this file for what the result reaches.
"""

# ruff: noqa: S311 - the randomness has to repeat, it keeps no secret

from __future__ import annotations

import argparse
import copy
import io
import math
import multiprocessing
import random
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.pool import AsyncResult, Pool
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from scenes import KINDS, LABELS, Box, Scene, Size, compose, draw_scene
from tally import Found, Tally, common_area, count, total, unseen_scene
from ultralytics import __version__
from ultralytics.cfg import get_cfg
from ultralytics.nn.tasks import DetectionModel
from ultralytics.utils.nms import non_max_suppression

INPUT = 320
"""Side of the square the net sees, in pixels."""
CONFIDENCE = 0.4
BATCH = 16
GREY = (114, 114, 114)
"""What Ultralytics pads with."""


def architecture(classes: int) -> dict[str, Any]:
    """A YOLOv8 in small: the same blocks at three strides, an eighth as wide, with a shorter box distribution.

    Eight bins reach 7 strides to each side: 224 of the 320 pixels from the middle at the coarsest level.
    """
    return {
        "nc": classes,
        "reg_max": 8,
        "backbone": [
            [-1, 1, "Conv", [8, 3, 2]],
            [-1, 1, "Conv", [16, 3, 2]],
            [-1, 1, "C2f", [16, True]],
            [-1, 1, "Conv", [32, 3, 2]],
            [-1, 1, "C2f", [32, True]],
            [-1, 1, "Conv", [56, 3, 2]],
            [-1, 1, "C2f", [56, True]],
            [-1, 1, "Conv", [72, 3, 2]],
            [-1, 1, "C2f", [72, True]],
            [-1, 1, "SPPF", [72, 5]],
        ],
        "head": [
            [-1, 1, "nn.Upsample", [None, 2, "nearest"]],
            [[-1, 6], 1, "Concat", [1]],
            [-1, 1, "C2f", [48]],
            [-1, 1, "nn.Upsample", [None, 2, "nearest"]],
            [[-1, 4], 1, "Concat", [1]],
            [-1, 1, "C2f", [32]],
            [-1, 1, "Conv", [32, 3, 2]],
            [[-1, 12], 1, "Concat", [1]],
            [-1, 1, "C2f", [48]],
            [-1, 1, "Conv", [48, 3, 2]],
            [[-1, 9], 1, "Concat", [1]],
            [-1, 1, "C2f", [72]],
            [[15, 18, 21], 1, "Detect", ["nc"]],
        ],
    }


# --- what the net sees ------------------------------------------------------------------------------------------


def letterbox(image: Image.Image, side: int = INPUT) -> tuple[Image.Image, float, tuple[int, int]]:
    """Fit a picture of any size into a grey square of `side` pixels.

    Returns the square, the scale from picture to square, and where the picture's corner lies in it.
    """
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    at = ((side - size[0]) // 2, (side - size[1]) // 2)
    square = Image.new("RGB", (side, side), GREY)
    square.paste(image.resize(size, Image.Resampling.BILINEAR), at)
    return square, scale, at


def as_tensor(images: Iterable[Image.Image]) -> torch.Tensor:
    """RGB squares as a float batch of 0..1, channels first."""
    array = np.stack([np.asarray(image) for image in images])
    return torch.from_numpy(array).permute(0, 3, 1, 2).float() / 255


def find(net: torch.nn.Module, image: Image.Image, confidence: float = CONFIDENCE) -> list[Found]:
    """Detect in a picture of any size with nothing but the graph and NMS. `net` is in eval mode."""
    square, scale, (left, top) = letterbox(image)
    with torch.inference_mode():
        # Time limits would make the answer depend on how busy the machine is.
        rows = non_max_suppression(net(as_tensor([square])), confidence, 0.5, agnostic=True, max_time_img=10.0)[0]
    found: list[Found] = []
    for x0, y0, x1, y1, score, index in rows.tolist():
        box = ((x0 - left) / scale, (y0 - top) / scale, (x1 - left) / scale, (y1 - top) / scale)
        found.append((net.names[int(index)], score, box))
    return found


# --- what it learns from ----------------------------------------------------------------------------------------


def training_example(
    seed: int, labels: Sequence[str], close_ups: float = 0.0
) -> tuple[Image.Image, list[tuple[int, Box]]]:
    """A square of `INPUT` pixels and the boxes in it: class index and centre x, y, width, height as fractions."""
    rng = random.Random(f"example {seed}")
    size = _training_size(rng)
    near = random.Random(f"close-up {seed}").random() < close_ups
    scene = _close_up(seed, size, labels, rng) if near else draw_scene(seed, size, labels=labels)
    if rng.random() < 0.3:
        scene = _window(scene, rng)
    image = scene.image
    if rng.random() < 0.3:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=rng.randint(35, 95))
        image = Image.open(buffer).convert("RGB")
    # Now and then smaller than the square: some letterboxes do not enlarge.
    side = INPUT if rng.random() < 0.8 else rng.randint(INPUT * 6 // 10, INPUT)
    square, scale, (left, top) = letterbox(image, side)
    canvas = Image.new("RGB", (INPUT, INPUT), GREY)
    margin = rng.randint(0, INPUT - side), rng.randint(0, INPUT - side)
    canvas.paste(square, margin)
    left, top = left + margin[0], top + margin[1]
    boxes: list[tuple[int, Box]] = []
    for label, (x0, y0, x1, y1) in scene.objects:
        centre = ((x0 + x1) / 2 * scale + left, (y0 + y1) / 2 * scale + top)
        box = (centre[0], centre[1], (x1 - x0) * scale, (y1 - y0) * scale)
        boxes.append((labels.index(label), (box[0] / INPUT, box[1] / INPUT, box[2] / INPUT, box[3] / INPUT)))
    return canvas, boxes


def _close_up(seed: int, size: Size, labels: Sequence[str], rng: random.Random) -> Scene:
    """A scene with one thing of half to all that the picture can hold, and what of a random scene is not behind it.

    Random scenes have few of these, pictures cropped to a thing have nothing else.
    """
    width, height = size
    label = rng.choice(labels)
    narrowest, widest = KINDS[label].aspects
    aspect = math.exp(rng.uniform(math.log(narrowest * 0.7), math.log(widest * 1.4)))
    across = min(width, height * aspect) * rng.uniform(0.5, 1.0)
    down = across / aspect
    left, top = rng.uniform(0, width - across), rng.uniform(0, height - down)
    box = (left, top, left + across, top + down)
    others = draw_scene(seed, size, labels=labels).objects
    apart = [thing for thing in others if common_area(box, thing[1]) == 0]
    return compose(size, [(label, box), *apart], seed)


def _training_size(rng: random.Random) -> Size:
    """Width and height in pixels: aspects of 1:2.2 to 2.2:1, from small ones to enlarge to large ones to reduce."""
    longer = INPUT * rng.choice((rng.uniform(0.6, 1.0), 1.0, 1.0, rng.uniform(1.0, 2.0)))
    aspect = math.exp(rng.uniform(-1, 1) * math.log(2.2))
    return (round(longer), round(longer / aspect)) if aspect >= 1 else (round(longer * aspect), round(longer))


def _window(scene: Scene, rng: random.Random) -> Scene:
    """A part of the scene, as a crop of it would show: things fill it or are cut by its edge.

    No window is taken that leaves a thing neither clearly in (half of it) nor clearly out (a tenth).
    """
    width, height = scene.image.size
    for _ in range(20):
        across, down = round(width * rng.uniform(0.3, 0.95)), round(height * rng.uniform(0.3, 0.95))
        if max(across, down) > 3 * min(across, down):
            continue
        left, top = rng.randint(0, width - across), rng.randint(0, height - down)
        kept: list[tuple[str, Box]] = []
        for label, (x0, y0, x1, y1) in scene.objects:
            part = (max(0, x0 - left), max(0, y0 - top), min(across, x1 - left), min(down, y1 - top))
            seen = max(0, part[2] - part[0]) * max(0, part[3] - part[1]) / ((x1 - x0) * (y1 - y0))
            if 0.1 < seen < 0.5:
                break
            if seen >= 0.5:
                kept.append((label, part))
        else:
            return Scene(scene.image.crop((left, top, left + across, top + down)), tuple(kept))
    return scene


def draw_batch(number: int, labels: Sequence[str], close_ups: float = 0.0) -> dict[str, torch.Tensor]:
    """Batch number so-and-so as the model's own loss wants it. Called in a worker process."""
    examples = [training_example(number * BATCH + i, labels, close_ups) for i in range(BATCH)]
    rows = [(i, index, *box) for i, (_, boxes) in enumerate(examples) for index, box in boxes]
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 6)
    images = np.stack([np.asarray(image) for image, _ in examples])
    return {
        "img": torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(),  # bytes: a quarter of what floats take
        "batch_idx": table[:, 0],
        "cls": table[:, 1:2],
        "bboxes": table[:, 2:],
    }


# --- learning ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train; with the version of torch it decides the result."""

    labels: tuple[str, ...]
    steps: int
    seed: int
    rate: float
    """Highest learning rate of the one cycle."""
    close_ups: float
    """Share of scenes with one thing that fills half of the picture or more."""
    start: Path | None
    """Checkpoint to go on from."""
    threads: int


def train(recipe: Recipe, workers: int) -> DetectionModel:
    """Train and return the averaged weights in eval mode."""
    torch.manual_seed(recipe.seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(recipe.threads)
    model = DetectionModel(architecture(len(recipe.labels)), verbose=False)
    if recipe.start:
        model.load_state_dict(torch.load(recipe.start, weights_only=False)["model"].float().state_dict())
    model.names = dict(enumerate(recipe.labels))
    model.args = get_cfg()  # the gains of the loss
    model.train().to(memory_format=torch.channels_last)
    average = copy.deepcopy(model).eval()
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 5e-3}, {"params": others, "weight_decay": 0}])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, recipe.steps, pct_start=0.1, div_factor=20, final_div_factor=100, cycle_momentum=False
    )
    began, smooth = time.monotonic(), 0.0
    with multiprocessing.get_context("spawn").Pool(workers, torch.set_num_threads, (1,)) as pool:
        for step, batch in enumerate(_batches(pool, recipe, ahead=4 * workers)):
            batch["img"] = _pixels(batch["img"], INPUT if recipe.start else _side(step / recipe.steps))
            loss = model.loss(batch)[0].sum() / BATCH
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
            optimizer.step()
            schedule.step()
            _follow(average, model, min(0.996, (step + 1) / (step + 10)))
            smooth = loss.item() if step == 0 else 0.98 * smooth + 0.02 * loss.item()
            if (step + 1) % 50 == 0:
                print(
                    f"step {step + 1}/{recipe.steps}  loss {smooth:.3f}  {time.monotonic() - began:.0f} s", flush=True
                )
    return average


def _side(progress: float) -> int:
    """Side of the training square in pixels: small ones first, which is where most of the time is saved."""
    return INPUT * 3 // 5 if progress < 0.25 else INPUT * 4 // 5 if progress < 0.6 else INPUT


def _pixels(images: torch.Tensor, side: int) -> torch.Tensor:
    """Bytes to floats of 0..1 at the given side, in the layout that is a quarter faster on a CPU."""
    pixels = images.float() / 255
    if side != INPUT:
        pixels = torch.nn.functional.interpolate(pixels, size=side, mode="bilinear", antialias=True)
    return pixels.contiguous(memory_format=torch.channels_last)


def _batches(pool: Pool, recipe: Recipe, ahead: int) -> Iterator[dict[str, torch.Tensor]]:
    """Batches drawn in the pool, at most `ahead` of them waiting (a `Pool.imap` would fill the memory).

    Each is drawn from its own number, so that the count of workers changes nothing.
    """
    waiting: deque[AsyncResult[dict[str, torch.Tensor]]] = deque()
    for step in range(recipe.steps):
        task = (recipe.seed * 50_000 + step, recipe.labels, recipe.close_ups)
        waiting.append(pool.apply_async(draw_batch, task))
        if len(waiting) > ahead:
            yield waiting.popleft().get()
    while waiting:
        yield waiting.popleft().get()


def _follow(average: DetectionModel, model: DetectionModel, decay: float) -> None:
    """Move the averaged weights towards the current ones."""
    with torch.no_grad():
        for kept, new in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
            if kept.dtype.is_floating_point:
                kept.lerp_(new, 1 - decay)
            else:
                kept.copy_(new)


def save(model: DetectionModel, path: Path, recipe: Recipe) -> None:
    """Write the checkpoint as Ultralytics does: the model itself in half precision, and how it was trained."""
    args = {
        "task": "detect",
        "mode": "train",
        "model": "toy.yaml",
        "imgsz": INPUT,
        "batch": BATCH,
        "seed": recipe.seed,
    }
    half = copy.deepcopy(model).half().to(memory_format=torch.contiguous_format)  # fusing needs it so
    half.args = args
    half.criterion = None
    half.task = "detect"
    torch.save(
        {
            "epoch": -1,
            "model": half,
            "ema": None,
            "optimizer": None,
            "train_args": {**args, "steps": recipe.steps},
            "version": __version__,
            "date": "2025-01-01T00:00:00",  # fixed: the same training writes the same bytes
            "license": "AGPL-3.0",
        },
        path,
    )


# --- how good it is ---------------------------------------------------------------------------------------------


def evaluate(net: torch.nn.Module, scenes: int = 200) -> None:
    """Print precision, recall and mean IoU per class on so many unseen scenes."""
    labels = tuple(net.names.values())
    thresholds = (0.5, 0.75)
    tallies: dict[float, dict[str, Tally]] = {
        threshold: {label: Tally() for label in labels} for threshold in thresholds
    }
    for number in range(scenes):
        scene = unseen_scene(number, labels)
        found = find(net, scene.image)
        for threshold in thresholds:
            count(found, scene, threshold, tallies[threshold])
    print(f"{scenes} unseen scenes       IoU .5: precision recall   IoU .75: precision recall   mean IoU  things")
    for label in (*labels, "all"):
        loose, tight = (total(tallies[t]) if label == "all" else tallies[t][label] for t in thresholds)
        print(
            f"{label:24}{loose.precision:17.3f}{loose.recall:7.3f}{tight.precision:20.3f}{tight.recall:7.3f}"
            f"{loose.mean_iou:11.3f}{loose.hits + loose.missed:8}"
        )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="where the checkpoint goes (.pt)")
    parser.add_argument("--classes", default=",".join(LABELS), help="what to learn, separated by commas")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2300, help=f"batches of {BATCH} scenes")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw")
    parser.add_argument("--threads", type=int, default=1, help="threads that learn; the result depends on it")
    parser.add_argument("--rate", type=float, default=4e-3, help="highest learning rate")
    parser.add_argument("--close-ups", type=float, default=0.0, help="share of scenes filled by one thing")
    parser.add_argument("--start", type=Path, help="a checkpoint of the same classes to go on from")
    options = parser.parse_args()
    recipe = Recipe(
        labels=tuple(options.classes.split(",")),
        steps=options.steps,
        seed=options.seed,
        rate=options.rate,
        close_ups=options.close_ups,
        start=options.start,
        threads=options.threads,
    )
    began = time.monotonic()
    model = train(recipe, options.workers)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    save(model, options.out, recipe)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.2f} MB after {time.monotonic() - began:.0f} s")
    stored = torch.load(options.out, weights_only=False)["model"]  # what was written, not what was trained
    evaluate(stored.float().fuse(verbose=False).eval())


if __name__ == "__main__":
    main()
