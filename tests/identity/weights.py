"""Tiny ONNX models that keep the contract of a face engine and know nothing about faces."""
import hashlib
from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64


def _model(nodes, inputs, output, constants=()) -> ModelProto:
    graph = helper.make_graph(nodes, "tiny", inputs, [output], [numpy_helper.from_array(value, name) for name, value in constants])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def detect(boxes: int) -> ModelProto:
    """Sees so many faces in every picture, each as large as the picture can be."""
    found = np.array([[0, 0, 64, 64]] * boxes, dtype=np.float32).reshape(boxes, 4)
    return _model([helper.make_node("Identity", ["found"], ["boxes"])], [helper.make_tensor_value_info("image", FLOAT, [1, 3, None, None])],
                  helper.make_tensor_value_info("boxes", FLOAT, [boxes, 4]), [("found", found)])


def embed() -> ModelProto:
    """The mean colour of the face."""
    return _model([helper.make_node("ReduceMean", ["face"], ["embedding"], axes=[2, 3], keepdims=0)],
                  [helper.make_tensor_value_info("face", FLOAT, [1, 3, 112, 112])], helper.make_tensor_value_info("embedding", FLOAT, [1, 3]))


def live() -> ModelProto:
    """How much the frames differ; what was asked for is taken note of and nothing else."""
    nodes = [
        helper.make_node("ReduceMax", ["frames"], ["most"], axes=[0], keepdims=0), helper.make_node("ReduceMin", ["frames"], ["least"], axes=[0], keepdims=0),
        helper.make_node("Sub", ["most", "least"], ["moved"]), helper.make_node("ReduceMax", ["moved"], ["all"], axes=[0, 1, 2], keepdims=0),
        helper.make_node("Size", ["challenge"], ["asked"]), helper.make_node("Cast", ["asked"], ["steps"], to=FLOAT),
        helper.make_node("Mul", ["steps", "none"], ["nothing"]), helper.make_node("Add", ["all", "nothing"], ["sum"]),
        helper.make_node("Reshape", ["sum", "one"], ["live"]),
    ]
    inputs = [helper.make_tensor_value_info("frames", FLOAT, [None, 3, 112, 112]), helper.make_tensor_value_info("challenge", INT, [None])]
    constants = [("none", np.array(0, dtype=np.float32)), ("one", np.array([1], dtype=np.int64))]
    return _model(nodes, inputs, helper.make_tensor_value_info("live", FLOAT, [1]), constants)


def engine(directory: Path, *, faces: int = 1) -> Path:
    """A directory that PersonByOnnx can open."""
    directory.mkdir(parents=True, exist_ok=True)
    lines = ['name = "tiny-1"']
    for name, model in (("detect", detect(faces)), ("embed", embed()), ("live", live())):
        content = model.SerializeToString()
        (directory / f"{name}.onnx").write_bytes(content)
        lines += [f"[{name}]", f'file = "{name}.onnx"', f'sha256 = "{hashlib.sha256(content).hexdigest()}"']
    (directory / "engine.toml").write_text("\n".join(lines), encoding="utf-8")
    return directory
