"""PyTorch's side of Benchmarks/training/run: facenet-pytorch's InceptionResnetV1 in full training.

    peer.py WEIGHTS BATCH THREADS BATCH_SIZE [channels_last]

Writes the weights and the batch both sides start from (safetensors), says "ready", and then runs one step for each line
on stdin: zero_grad, forward, cross entropy, backward, Adam at 1e-3. Its answer is "SECONDS CPU_SECONDS LOSS".
"""
import json
import struct
import sys
import time

import torch
from facenet_pytorch import InceptionResnetV1

CLASSES = 100


def save(path, tensors):
    header, blobs, at = {}, [], 0
    for name, tensor in tensors.items():
        blob = tensor.detach().float().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + len(blob)]}
        at += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def main(weights, batch, threads, size, *options):
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    model = InceptionResnetV1(pretrained=None, classify=True, num_classes=CLASSES).train()
    images = torch.randn(int(size), 3, 160, 160)
    labels = torch.randint(0, CLASSES, (int(size),))
    save(weights, {name: value for name, value in model.state_dict().items() if "num_batches" not in name})
    save(batch, {"x": images, "labels": labels})
    if "channels_last" in options:
        model = model.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    entropy = torch.nn.CrossEntropyLoss()
    print("ready", torch.__version__, flush=True)
    for _ in sys.stdin:
        start, used = time.perf_counter(), time.process_time()
        optimizer.zero_grad()
        loss = entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        print(time.perf_counter() - start, time.process_time() - used, loss.item(), flush=True)


main(*sys.argv[1:])
