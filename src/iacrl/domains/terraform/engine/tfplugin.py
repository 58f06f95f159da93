"""The messages of Terraform's plugin protocol in `tfplugin.proto`, as classes with the same names.

`make proto` writes the declarations in binary form, which every protobuf version reads, and the types in
`tfplugin.pyi`.
"""

from importlib.resources import files

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message_factory import GetMessages

_DECLARED = FileDescriptorSet.FromString(files(__package__).joinpath("tfplugin.binpb").read_bytes())
globals().update({name.rpartition(".")[2]: message for name, message in GetMessages(_DECLARED.file).items()})
