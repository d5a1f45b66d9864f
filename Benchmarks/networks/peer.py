"""Runs one network in another runtime on request, for `run`; started with the Python that has the runtimes installed.

    peer.py RUNTIME FILE.onnx SHAPE THREADS VALUES.f32
    peer.py export FILE.onnx FILE.safetensors SHAPE

RUNTIME is onnxruntime, openvino-f32, openvino-bf16 or pytorch. The first line on stdout is {"version": ...} or
{"missing": why}. Then for each line on stdin, a number of runs, one line of JSON: {"ms": [...]}; for "outputs" the
outputs of a run: {"outputs": [[...], ...]}. `export` writes facenet-pytorch's InceptionResnetV1 from seeded weights.
"""
import json
import sys
import time
from pathlib import Path


def say(**answer):
    print(json.dumps(answer), flush=True)


def network():
    """InceptionResnetV1 with weights as after some training, the same in every run."""
    import torch
    from facenet_pytorch import InceptionResnetV1

    torch.manual_seed(20)
    model = InceptionResnetV1(pretrained=None).eval()
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith(("bn.bias", "running_mean")):
                tensor += 0.1 * torch.randn_like(tensor)
            elif name.endswith(("bn.weight", "running_var")):
                tensor *= 0.8 + 0.4 * torch.rand_like(tensor)
    return model


def export(onnx, safetensors, shape):
    import torch

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tools"))
    from make_training_fixture import state, write

    model = network()
    write(safetensors, state(model), {})
    example = torch.zeros(shape)
    try:
        torch.onnx.export(model, example, onnx, input_names=["x"], output_names=["y"], dynamo=False)
    except TypeError:  # versions that know no other way
        torch.onnx.export(model, example, onnx, input_names=["x"], output_names=["y"])


def onnxruntime(file, shape, threads, values):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: values}
    return onnxruntime.__version__, lambda: session.run(None, feed)


def openvino(file, shape, threads, values, precision):
    import openvino

    core = openvino.Core()
    model = core.read_model(file)
    model.reshape({model.inputs[0]: list(shape)})
    compiled = core.compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1})
    request = compiled.create_infer_request()
    request.set_input_tensor(openvino.Tensor(values))

    def run():
        request.infer()
        return [request.get_output_tensor(i).data for i in range(len(compiled.outputs))]

    return openvino.__version__.split("-")[0], run


def pytorch(file, shape, threads, values):
    import torch

    torch.set_num_threads(threads)
    if not Path(file).name.startswith("inception"):
        raise ImportError("this network is only to be had as an ONNX file")
    model, x = network(), torch.from_numpy(values)

    def run():
        with torch.inference_mode():
            return [model(x).numpy()]

    return torch.__version__, run


def main():
    runtime, file, shape = sys.argv[1], sys.argv[2], sys.argv[-1 if sys.argv[1] == "export" else 3]
    shape = [int(side) for side in shape.split("x")]
    if runtime == "export":
        return export(file, sys.argv[3], shape)
    import numpy as np

    threads, values = int(sys.argv[4]), np.fromfile(sys.argv[5], "<f4").reshape(shape)
    try:
        if runtime == "onnxruntime":
            version, run = onnxruntime(file, shape, threads, values)
        elif runtime == "pytorch":
            version, run = pytorch(file, shape, threads, values)
        else:
            version, run = openvino(file, shape, threads, values, runtime.split("-")[1])
    except ImportError as error:
        return say(missing=str(error))
    say(version=version)
    for line in sys.stdin:
        if line.strip() == "outputs":
            say(outputs=[np.asarray(output, "f4").ravel().tolist() for output in run()])
            continue
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            run()
            times.append((time.perf_counter() - start) * 1000)
        say(ms=times)


if __name__ == "__main__":
    main()
