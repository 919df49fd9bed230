"""YOLO networks in torch: Ultralytics' graph without its predictor.

The predictor imports torchvision, whose published builds do not load beside a CPU torch; the graph does not.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from keepsight.detect.card import Card
from keepsight.detect.checkpoint import class_names, load_network
from keepsight.detect.detector import Identity
from keepsight.detect.labels import labels_of
from keepsight.detect.libraries import import_ultralytics
from keepsight.detect.runtime.device import Device, on_cuda
from keepsight.detect.runtime.head import MAX_DETECTIONS, Floats
from keepsight.detect.runtime.spares import Spares
from keepsight.detect.runtime.yolo import Answer, InputShape, Network, YoloDetector, assembled
from keepsight.detect.vocabulary import Vocabulary
from keepsight.errors import ModelError


def load_ultralytics(
    identity: Identity, card: Card, content: bytes, vocabulary: Vocabulary, device: Device = "auto"
) -> YoloDetector:
    """A detector from the bytes of a `.pt` file, on CUDA when `device` allows it and torch offers it.

    Raises ModelError when Ultralytics is not installed or torch does not offer the device that is demanded, or the
    file is damaged, hostile, or knows other classes than the card promises.
    """
    torch = import_ultralytics()
    labels = labels_of(class_names(content), vocabulary, card.spellings, own_names=card.own_names)
    place = "cuda" if on_cuda(device, offered=torch.cuda.is_available(), library="torch") else "cpu"
    network = fused_network(content, card.input_size)
    head = network.model[-1]
    if head.nc != len(labels):
        raise ModelError(f"the weights name {len(labels)} classes, but their head tells {head.nc} apart")
    try:
        network.to(place)
        weights = {id(tensor): tensor for tensor in (*network.parameters(), *network.buffers())}
    except RuntimeError as error:
        raise ModelError(f"the network does not fit the device ({error})") from error
    # The head caches the anchors of the last input shape in itself, so a network serves one thread at a time.
    # Copies share their weights; the first stays unused, so that it is never copied in the middle of a run.
    networks = Spares[Any](lambda: deepcopy(network, dict(weights)))

    masks = "mask" in card.capabilities

    def answer(batch: Floats, _floor: float) -> Answer:
        torch.set_num_threads(1)  # OpenMP remembers it per thread that calls
        with networks.borrow() as copy, torch.inference_mode():
            said, _training = copy(torch.from_numpy(batch).to(place))
            said = said if isinstance(said, tuple) else (said,)  # with prototypes
            return Answer(*(each[0].float().cpu().numpy() for each in said[: 2 if masks else 1]))

    shape = InputShape(card.input_size, int(max(network.stride)))
    return assembled(identity, card, labels, Network(shape, bool(head.end2end), None, answer))


def fused_network(content: bytes, long_side: int) -> Any:
    """The network of a checkpoint, ready to look at pictures of `long_side` px: layers fused, no gradients.

    Raises ModelError.
    """
    network = load_network(content).eval()
    try:
        network = network.fuse(verbose=False)
        network.requires_grad_(False)
        head = network.model[-1]
        if head.end2end:
            # The number of boxes is a constant of an export, for which the narrowest picture must have the anchors.
            stride = int(max(head.stride))
            places = -(-long_side // stride)
            anchors = sum(places * (stride // int(each)) ** 2 for each in head.stride)
            head.max_det = min(MAX_DETECTIONS, anchors)
        return network
    except (RuntimeError, ValueError, AttributeError, IndexError, TypeError) as error:
        raise ModelError(f"the network cannot be set up ({type(error).__name__}: {error})") from error
