"""What can be proposed about validators, nodes and the protocol: their fields and bounds."""

from typing import Annotated

from msgspec import Meta, Struct

from tallychain.contracts.governance.fields import MemberField, ReasonField
from tallychain.ledger import limits
from tallychain.ledger.protocol import ProtocolNumber
from tallychain.ledger.types import Count, Digest
from tallychain.ledger.validators import ConsensusKey, NodeId, Power

_EXAMPLE_KEY = "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
_EXAMPLE_NODE_KEY = "ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

Signature = Annotated[str, Meta(pattern="^[0-9a-f]{128}$(?!\\n)")]
OwnMemberField = Annotated[
    MemberField,
    Meta(
        title="Member",
        description="Whose node it is; only the member itself proposes it.",
        examples=["bank-a"],
        extra={"zh": "成员"},
    ),
]
NodeKeyField = Annotated[
    ConsensusKey,
    Meta(
        title="Node key",
        description="The public key by which other nodes know the node.",
        examples=[_EXAMPLE_NODE_KEY],
        extra={"zh": "节点公钥"},
    ),
]
NodeProofField = Annotated[
    Signature,
    Meta(
        title="Proof of the node key",
        description="The node key's signature under the statement of possession.",
        examples=["1e" * 64],
        extra={"zh": "节点密钥持有证明"},
    ),
]
PowerField = Annotated[
    Power,
    Meta(
        title="Power",
        description="What its signature counts in the engine; less than a third of all power.",
        examples=[10],
        extra={"zh": "出块权重"},
    ),
]


class AdmitValidator(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="VALIDATOR_ADMIT"
):
    """Let a member validate with a key or, where it validates already, with another one in its place."""

    member: OwnMemberField
    key: Annotated[
        ConsensusKey,
        Meta(
            title="Validator key",
            description="The public key with which its node signs blocks.",
            examples=[_EXAMPLE_KEY],
            extra={"zh": "验证节点公钥"},
        ),
    ]
    key_proof: Annotated[
        Signature,
        Meta(
            title="Proof of the validator key",
            description="The validator key's signature under the statement of possession.",
            examples=["2f" * 64],
            extra={"zh": "验证密钥持有证明"},
        ),
    ]
    node_key: NodeKeyField
    node_proof: NodeProofField
    power: PowerField


class SetValidatorPower(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="VALIDATOR_POWER"
):
    """Give a member's validator another power."""

    member: MemberField
    power: PowerField
    reason: ReasonField


class RemoveValidator(
    Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="VALIDATOR_REMOVE"
):
    """Let a member's validator go; the member takes part as before, and its node goes on as an observer."""

    member: MemberField
    reason: ReasonField


class AdmitNode(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="NODE_ADMIT"):
    """Let a member's node connect and observe."""

    member: OwnMemberField
    node_key: NodeKeyField
    node_proof: NodeProofField


class RemoveNode(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="NODE_REMOVE"):
    """Let no node connect to an observer any longer."""

    node: Annotated[
        NodeId,
        Meta(
            title="Node",
            description="Id of the node.",
            examples=["ab" * 20],
            extra={"zh": "节点编号"},
        ),
    ]
    reason: ReasonField


class ActivateProtocol(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="PROTOCOL"):
    """Run another protocol from a height on; nodes without the release that brings it stop there."""

    protocol: Annotated[
        ProtocolNumber,
        Meta(
            title="Protocol",
            description="The number after the last that was decided.",
            examples=[2],
            extra={"zh": "协议版本"},
        ),
    ]
    from_height: Annotated[
        Count,
        Meta(
            title="From height",
            description="First block under the new protocol; at least 100 blocks after the vote acts.",
            examples=[500_000],
            extra={"zh": "生效高度"},
        ),
    ]
    release: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=limits.TEXT_CODE_POINTS,
            title="Release",
            description="The first release that can run it.",
            examples=["0.6.0"],
            extra={"zh": "软件版本"},
        ),
    ]
    source: Annotated[
        Digest,
        Meta(
            title="Source digest",
            description="SHA-256 of the release's source archive.",
            examples=["3a" * 32],
            extra={"zh": "源码摘要"},
        ),
    ]
    build: Annotated[
        Digest,
        Meta(
            title="Build digest",
            description="SHA-256 of what is installed.",
            examples=["4b" * 32],
            extra={"zh": "构建摘要"},
        ),
    ]


NodeChange = AdmitValidator | SetValidatorPower | RemoveValidator | AdmitNode | RemoveNode | ActivateProtocol
"""Any change of validators, nodes and the protocol."""
