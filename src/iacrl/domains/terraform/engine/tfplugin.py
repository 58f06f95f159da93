"""The messages of Terraform's plugin protocol that `tfplugin.proto` declares, as classes by their names.

`make proto` writes what it declares in binary form, which every protobuf reads, and the types in `tfplugin.pyi`.
"""

from importlib.resources import files

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message_factory import GetMessages

_DECLARED = FileDescriptorSet.FromString(files(__package__).joinpath("tfplugin.binpb").read_bytes())
globals().update({name.rpartition(".")[2]: message for name, message in GetMessages(_DECLARED.file).items()})
