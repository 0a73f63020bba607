"""Makes golden.tfevents with TensorBoard's own library: pip install tensorboard (2.21 made the file).

GoldenTest says the same through our writer, and expects the same bytes.
"""

import os

from google.protobuf import struct_pb2
from google.protobuf.internal import encoder
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

TIME = 1_700_000_000.25
WHOLE = 1_700_000_000.0

SETTINGS = {
    "data.augment.flip": 0.5,
    "data.augment.shift": 0.0,
    "data.batch": 64.0,
    "data.name": "mnist",
    "data.resize": "none",
    "data.validation": 0.0,
    "epochs": 10.0,
    "loss": "cross_entropy",
    "loss.smoothing": 0.0,
    "name": "one",
    "net": "softmax",
    "optimizer": "sgd",
    "optimizer.lr": 0.1,
    "optimizer.momentum": 0.0,
    "optimizer.nesterov": False,
    "optimizer.weight_decay": 0.0,
    "schedule": "constant",
    "seed": 1.0,
}
KINDS = {str: "string_value", bool: "bool_value", float: "number_value"}
TYPES = {str: api_pb2.DATA_TYPE_STRING, bool: api_pb2.DATA_TYPE_BOOL, float: api_pb2.DATA_TYPE_FLOAT64}


def plugin(tag, content):
    return summary_pb2.Summary.Value(
        tag=tag,
        tensor=metadata.NULL_TENSOR,
        metadata=summary_pb2.SummaryMetadata(
            plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name=metadata.PLUGIN_NAME, content=content)
        ),
    )


def experiment():
    info = api_pb2.Experiment(
        time_created_secs=WHOLE,
        hparam_infos=[api_pb2.HParamInfo(name=name, type=TYPES[type(value)]) for name, value in SETTINGS.items()],
        metric_infos=[api_pb2.MetricInfo(name=api_pb2.MetricName(tag=tag)) for tag in ("accuracy/test", "loss/test")],
    )
    return plugin_data_pb2.HParamsPluginData(experiment=info).SerializeToString()


def session_start():
    """Any order of a map's entries is right; this is that of the settings, entry by entry."""
    content = b""
    for name, value in SETTINGS.items():
        entry = plugin_data_pb2.SessionStartInfo()
        entry.hparams[name].CopyFrom(struct_pb2.Value(**{KINDS[type(value)]: value}))
        content += entry.SerializeToString()
    content += plugin_data_pb2.SessionStartInfo(start_time_secs=WHOLE).SerializeToString()
    field = plugin_data_pb2.HParamsPluginData.SESSION_START_INFO_FIELD_NUMBER
    return encoder.TagBytes(field, 2) + encoder._VarintBytes(len(content)) + content


def session_end():
    info = plugin_data_pb2.SessionEndInfo(status=api_pb2.Status.Value("STATUS_FAILURE"), end_time_secs=WHOLE)
    return plugin_data_pb2.HParamsPluginData(session_end_info=info).SerializeToString()


def summary(step, *values):
    return event_pb2.Event(wall_time=TIME, step=step, summary=summary_pb2.Summary(value=values))


EVENTS = [
    event_pb2.Event(wall_time=TIME, file_version="brain.Event:2"),
    event_pb2.Event(
        wall_time=TIME, step=301, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    ),
    summary(
        302,
        plugin(metadata.EXPERIMENT_TAG, experiment()),
        plugin(metadata.SESSION_START_INFO_TAG, session_start()),
    ),
    summary(
        1 << 40,
        summary_pb2.Summary.Value(tag="loss/batch", simple_value=0.1),
        summary_pb2.Summary.Value(tag="no number", simple_value=float("nan")),
        summary_pb2.Summary.Value(
            tag="parameters/0.weight",
            histo=summary_pb2.HistogramProto(
                min=-1, max=2, num=4, sum=2, sum_squares=1.25, bucket_limit=[0, 1, 2], bucket=[3, 0, 1]
            ),
        ),
        summary_pb2.Summary.Value(
            tag="images/\u00e9",
            image=summary_pb2.Summary.Image(
                height=0x14151617, width=0x10111213, colorspace=3, encoded_image_string=bytes(range(200))
            ),
        ),
    ),
    summary(
        303,
        plugin(metadata.SESSION_END_INFO_TAG, session_end()),
    ),
]

with open(os.path.join(os.path.dirname(__file__), "golden.tfevents"), "wb") as file:
    writer = RecordWriter(file)
    for event in EVENTS:
        writer.write(event.SerializeToString())
