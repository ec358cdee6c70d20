"""Every reason for which a gateway refuses, with its sentence in English and Chinese."""

from typing import Final

from tallychain.gateway.accountreasons import ACCOUNT_REASONS
from tallychain.gateway.batchreasons import BATCH_REASONS
from tallychain.gateway.letterreasons import LETTER_REASONS
from tallychain.gateway.limitreasons import LIMIT_REASONS
from tallychain.gateway.reasonform import Reason

REASONS: Final[dict[str, Reason]] = {
    **BATCH_REASONS,
    **LETTER_REASONS,
    **LIMIT_REASONS,
    **ACCOUNT_REASONS,
    "GATEWAY_JSON_MALFORMED": Reason(
        400, "Not valid JSON", "The text is not valid JSON: {detail}.", "不是有效的 JSON：{detail}。"
    ),
    "GATEWAY_JSON_DUPLICATE_KEY": Reason(
        400, "Key stands twice", "The key {key} stands twice in one object.", "同一对象中键 {key} 重复出现。"
    ),
    "GATEWAY_JSON_FLOAT": Reason(
        400,
        "Not an integer",
        "{number} is not an integer; amounts are whole minor units.",
        "{number} 不是整数；金额应为整数最小单位。",
    ),
    "GATEWAY_JSON_NUMBER_TOO_LARGE": Reason(
        400, "Number too large", "A number of {digits} digits is too large.", "数字过大（{digits} 位）。"
    ),
    "GATEWAY_JSON_TOO_DEEP": Reason(
        400, "Nested too deep", "The text is nested deeper than {limit} levels.", "嵌套超过 {limit} 层。"
    ),
    "GATEWAY_FIELD_NOT_VALID": Reason(
        400, "Field not valid", "A field is not valid: {detail}.", "字段无效：{detail}。"
    ),
    "GATEWAY_PAPER_UNREADABLE": Reason(400, "Paper not readable", "{detail}", "单据字段无法规范化：{detail}"),
    "GATEWAY_PAPERS_DIFFER": Reason(
        422,
        "Papers differ",
        "The sealed papers are not those named: {detail}.",
        "密封单据与公开指纹不符：{detail}。",
    ),
    "GATEWAY_QUOTE_NOT_TRUE": Reason(
        422,
        "Quote does not follow",
        "The figures of this quote do not follow from its rate, fees and days, so its seller could make it void: {detail}.",
        "报价金额与利率、费用、天数不符，卖方可据此使其作废：{detail}。",
    ),
    "GATEWAY_FINGERPRINT_KEY_MISSING": Reason(
        409,
        "No fingerprint key",
        "This member has no fingerprint key of the alliance: keys/fingerprint-<epoch>.key is not there.",
        "本成员没有联盟的单据指纹密钥：缺少 keys/fingerprint-<期次>.key。",
    ),
    "GATEWAY_PROPOSED_KEY_MISSING": Reason(
        409,
        "Proposed key not here",
        "This member has not the fingerprint key of epoch {epoch} to which the proposal commits: it comes by sealed letter from the proposer's gateway, and no yes is signed without it.",
        "本成员尚未持有该提案所承诺的第 {epoch} 期单据指纹密钥：密钥由提案成员网关以密封函件送达，收到之前不得签署赞成票。",
    ),
    "GATEWAY_PAPER_PROMISED_BEFORE": Reason(
        422,
        "Paper promised before",
        "A voucher takes from the paper {number} under an earlier fingerprint key that has ended; it is not confirmed again.",
        "单据 {number} 在已停用的历史指纹密钥下已被凭证占用，不得再次确权。",
    ),
    "GATEWAY_WALLET_NOT_TAKEN": Reason(
        422,
        "Wallet not taken",
        "This wallet cannot be brought to this seat: {detail}.",
        "该钱包无法导入本席位：{detail}。",
    ),
    "GATEWAY_CHARACTER_NOT_ALLOWED": Reason(
        400,
        "Character not allowed",
        "A text holds a character that is not taken: {detail}.",
        "文本含有不被接受的字符：{detail}。",
    ),
    "GATEWAY_QUERY_NOT_VALID": Reason(
        400, "Query not valid", "The query is not valid: {detail}.", "查询参数无效：{detail}。"
    ),
    "GATEWAY_IDEMPOTENCY_KEY_MISSING": Reason(
        400,
        "Idempotency-Key missing",
        "Send an Idempotency-Key of 8 to 64 letters, digits, hyphens or underscores.",
        "请提供 8 至 64 位的 Idempotency-Key（字母、数字、连字符或下划线）。",
    ),
    "GATEWAY_REQUEST_MALFORMED": Reason(
        400, "Not a request", "What was sent is no HTTP request.", "所发内容不是有效的 HTTP 请求。"
    ),
    "GATEWAY_NOT_SIGNED_IN": Reason(
        401, "Not signed in", "A valid bearer token is needed.", "需要有效的访问令牌。"
    ),
    "GATEWAY_REQUEST_NOT_PROVEN": Reason(
        401,
        "Request not proven",
        "The token is bound to a key, and the request is not proven by it: {detail}.",
        "该令牌绑定密钥，请求未能由该密钥证明：{detail}。",
    ),
    "GATEWAY_SIGN_IN_REFUSED": Reason(
        401, "Sign-in refused", "Account and passphrase do not fit.", "账户与口令不符。"
    ),
    "GATEWAY_UNLOCK_REFUSED": Reason(
        403, "Key not unlocked", "The passphrase does not open the key.", "口令无法打开密钥。"
    ),
    "GATEWAY_SECOND_FACTOR_NEEDED": Reason(
        403,
        "Second factor needed",
        "This chain is not a demonstration: a code of the second factor is needed too.",
        "本链并非演示链：还需要第二认证因素的验证码。",
    ),
    "GATEWAY_SECOND_FACTOR_NOT_ENROLLED": Reason(
        403,
        "Second factor not enrolled",
        "This account has no second factor yet: enrol one with the one-time code from an admin.",
        "该账户尚未绑定第二认证因素：请使用管理员提供的一次性注册码绑定。",
    ),
    "GATEWAY_SECOND_FACTOR_REFUSED": Reason(
        403,
        "Code refused",
        "The code is wrong, or it was used before: wait for the next one.",
        "验证码错误或已被使用：请等待下一个验证码。",
    ),
    "GATEWAY_SECOND_FACTOR_NOT_BEGUN": Reason(
        409,
        "No enrolment begun",
        "No enrolment of a second factor has begun: begin anew.",
        "尚未开始绑定第二认证因素：请重新开始。",
    ),
    "GATEWAY_ENROLMENT_REFUSED": Reason(
        403,
        "Enrolment refused",
        "Account, one-time enrolment code and passphrase do not fit, or the code has ended.",
        "账户、一次性注册码与口令不符，或注册码已失效。",
    ),
    "GATEWAY_ACCOUNT_LOCKED": Reason(
        403,
        "Account locked",
        "The account is locked after too many wrong attempts; try again in {minutes} minutes.",
        "错误次数过多，账户已锁定；请在 {minutes} 分钟后重试。",
    ),
    "GATEWAY_ACCOUNT_LOCKED_FOR_GOOD": Reason(
        403,
        "Account locked until an admin opens it",
        "The account is locked after very many wrong attempts; an admin has to open it.",
        "错误次数过多，账户已锁定；须由管理员解锁。",
    ),
    "GATEWAY_FORBIDDEN": Reason(
        403, "Not allowed", "This account may not do that.", "该账户无权执行此操作。"
    ),
    "GATEWAY_SAME_PERSON": Reason(
        403,
        "Second person needed",
        "Another person than the maker must decide.",
        "须由经办人以外的另一人处理。",
    ),
    "GATEWAY_NOT_FOUND": Reason(404, "Not found", "There is no such thing here.", "未找到。"),
    "GATEWAY_METHOD_NOT_ALLOWED": Reason(
        405, "Method not allowed", "This address does not take that method.", "该地址不支持此方法。"
    ),
    "GATEWAY_TOO_SLOW": Reason(
        408, "Request too slow", "The request did not arrive in time.", "请求未在规定时间内到达。"
    ),
    "IDEMPOTENCY_CONFLICT": Reason(
        409,
        "Idempotency-Key used before",
        "This Idempotency-Key was used for another request.",
        "该 Idempotency-Key 已用于其他请求。",
    ),
    "GATEWAY_DRAFT_CLOSED": Reason(
        409,
        "Draft is closed",
        "The draft is {state} and can no longer be decided.",
        "草稿状态为 {state}，不能再处理。",
    ),
    "GATEWAY_CARD_PENDING": Reason(
        409,
        "Receiver's card is awaited",
        "The sponsor {sponsor} has not answered yet; ask again with the same Idempotency-Key.",
        "服务方 {sponsor} 尚未答复；请用相同的 Idempotency-Key 重试。",
    ),
    "GATEWAY_EXISTS": Reason(409, "Exists already", "{name} exists already.", "{name} 已存在。"),
    "GATEWAY_TOO_LARGE": Reason(
        413, "Too large", "At most {limit} bytes are taken.", "最多接受 {limit} 字节。"
    ),
    "GATEWAY_MEDIA_TYPE": Reason(
        415,
        "Media type not taken",
        "Send {wanted} without a content encoding.",
        "请以 {wanted} 发送，且不使用内容编码。",
    ),
    "GATEWAY_TWO_PERSONS_NEEDED": Reason(
        422,
        "Two admins needed",
        "An account of the staff that can sign is made by two admins: ask for an account change.",
        "可签名的员工账户须由两名管理员设立：请提交账户变更申请。",
    ),
    "GATEWAY_ROOT_NOT_RECOVERABLE": Reason(
        422,
        "Sign root not recoverable",
        "Nobody can open a seat's sign root without its owner's passphrase. Titles are not lost: another person of the seat can let a "
        "new account in, or the seat takes a new root for what it acquires from now on.",
        "没有席位所有人的口令，任何人都无法打开签名根密钥。权益并未丧失：席位的其他人员可开通新账户，或启用新根密钥用于今后取得的权益。",
    ),
    "GATEWAY_RECEIVER_UNKNOWN": Reason(
        422,
        "Receiver not found",
        "The sponsor {sponsor} knows no findable client with this code.",
        "服务方 {sponsor} 没有可查询的该代码客户。",
    ),
    "GATEWAY_CARD_NOT_VALID": Reason(
        422, "Card not valid", "The receiver's card is not valid: {detail}", "收款方标签卡无效：{detail}"
    ),
    "GATEWAY_WOULD_BE_REFUSED": Reason(
        422,
        "The ledger would refuse",
        "The ledger would refuse this ({code}): {detail}",
        "账本将拒绝该操作（{code}）：{detail}",
    ),
    "GATEWAY_TYPE_UNKNOWN": Reason(
        404, "Operation type unknown", "This chain has no operation {type}.", "本链没有操作类型 {type}。"
    ),
    "GATEWAY_TAG_UNKNOWN": Reason(
        422,
        "Tag unknown",
        "The tag that may do this is not one of this seat.",
        "可执行此操作的标签不属于本席位。",
    ),
    "GATEWAY_TAG_AMBIGUOUS": Reason(
        422,
        "Tag not clear",
        "More than one tag of this seat is concerned; name the acting one in `tag`.",
        "涉及本席位的多个标签；请在 tag 中指明。",
    ),
    "GATEWAY_OWN_KEYS": Reason(
        422,
        "The seat keeps its own keys",
        "This seat keeps its own keys, so nothing is signed for it here: sign with tally wallet act, and submit the operation.",
        "本席位自行保管密钥，网关不能代为签名：请使用 tally wallet act 签名后提交操作。",
    ),
    "GATEWAY_HOSTED": Reason(
        422,
        "The seat is hosted",
        "The keys of this seat lie at this gateway: act through it.",
        "本席位的密钥由网关托管：请通过网关操作。",
    ),
    "GATEWAY_HELD_ELSEWHERE": Reason(
        422,
        "Held through another sponsor",
        "What is named is held through another sponsor, or no longer by this seat: its holder's own sponsor carries the act.",
        "所指对象由其他服务方代持，或已不属于本席位：应由其持有人的服务方承载该操作。",
    ),
    "GATEWAY_PART_MISSING": Reason(
        422, "Sealed part missing", "The sealed part {label} is missing.", "缺少密封部分 {label}。"
    ),
    "GATEWAY_PART_UNKNOWN": Reason(
        422, "Sealed part unknown", "The act has no sealed part {label}.", "该操作没有密封部分 {label}。"
    ),
    "GATEWAY_CANNOT_SEAL": Reason(422, "Cannot be sealed", "{detail}", "无法密封：{detail}"),
    "GATEWAY_PREVIEW_TOO_LARGE": Reason(
        422,
        "Preview too large",
        "The change touches more than a preview looks at; open the proposal, and the ledger decides.",
        "该变更涉及的内容超出预览范围；可直接提出提案，由账本判定。",
    ),
    "GATEWAY_BODY_TOO_LARGE": Reason(
        422, "Act too large", "The signed text has more than {limit} bytes.", "签名文本超过 {limit} 字节。"
    ),
    "GATEWAY_MEMBER_UNKNOWN": Reason(
        422, "Member unknown", "{member} is not a member of record.", "{member} 不是登记成员。"
    ),
    "GATEWAY_WRAPS_DIFFER": Reason(
        422,
        "Sealed part not readable by all",
        "The act rests on a sealed part of {operation} that not everybody entitled can read: {detail}",
        "该操作所依据的 {operation} 的密封部分并非所有有权方均可读取：{detail}",
    ),
    "GATEWAY_IDENTITY_NOT_PROVEN": Reason(
        422,
        "Identity not proven",
        "The identity part does not prove who acts: {detail}.",
        "身份部分未能证明操作人：{detail}。",
    ),
    "GATEWAY_OPERATION_NOT_VALID": Reason(
        422, "Operation not valid", "The operation is not valid: {detail}.", "操作无效：{detail}。"
    ),
    "GATEWAY_CARRIER_IS_ANOTHER": Reason(
        422, "Another carrier", "The operation names {via} as its carrier.", "该操作指定的承载成员为 {via}。"
    ),
    "GATEWAY_SEAT_SUSPENDED": Reason(
        422, "Seat suspended", "The seat {seat} is suspended.", "席位 {seat} 已暂停。"
    ),
    "GATEWAY_TOO_MANY": Reason(
        422, "Too many", "There may be at most {limit} of these.", "最多允许 {limit} 个。"
    ),
    "GATEWAY_WEBHOOK_URL": Reason(
        422,
        "Address not taken",
        "A webhook cannot point there: {detail}.",
        "Webhook 地址不被接受：{detail}。",
    ),
    "GATEWAY_RATE_EXCEEDED": Reason(
        429, "Too many requests", "Too many requests; wait and try again.", "请求过多，请稍后重试。"
    ),
    "GATEWAY_OUTBOX_FULL": Reason(
        429,
        "Outbox is full",
        "Too many operations wait for the ledger; wait and try again.",
        "等待提交的操作过多，请稍后重试。",
    ),
    "GATEWAY_HEAD_TOO_LARGE": Reason(
        431,
        "Head too large",
        "Address and header fields of a request have at most {limit} bytes.",
        "请求行与请求头最多 {limit} 字节。",
    ),
    "GATEWAY_DEFECT": Reason(
        500,
        "Defect",
        "A defect of the gateway was met; nothing was submitted.  Reference: {reference}.",
        "网关内部错误，未提交任何操作。编号：{reference}。",
    ),
    "GATEWAY_CERTIFICATE_NOT_POSSIBLE": Reason(
        409,
        "No such certificate",
        "This certificate cannot be made: {detail}",
        "无法出具该证明：{detail}",
    ),
    "GATEWAY_CERTIFICATES_NOT_INSTALLED": Reason(
        501,
        "Certificates not installed",
        "This gateway draws no certificates: its operator has not installed the extra 'certificates'.",
        "本网关未安装证明出具组件（附加依赖 certificates）。",
    ),
    "GATEWAY_PROOF_NOT_READY": Reason(
        503, "Proof not ready", "The header that proves it does not stand yet.", "证明所需的区块头尚未生成。"
    ),
    "GATEWAY_CONNECTIONS": Reason(
        503, "Too many connections", "Too many connections are open; try again.", "连接过多，请稍后重试。"
    ),
    "GATEWAY_DATABASE_NOT_REACHED": Reason(
        503,
        "Database not reached",
        "The gateway's database does not answer or has no room; ask again with the same key, nothing is done twice.",
        "网关数据库暂无响应或空间不足，请使用相同的键重试，不会重复处理。",
    ),
    "GATEWAY_DOCUMENT_DAMAGED": Reason(
        500,
        "File damaged",
        "The file {digest} is no longer what was stored; store it again.",
        "文件 {digest} 与存入时不一致，请重新存入。",
    ),
    "GATEWAY_CONTENT_DIFFERS": Reason(
        415, "Content differs", "The file is not {declared}.", "文件内容与所声明的类型 {declared} 不符。"
    ),
    "GATEWAY_STORE_FULL": Reason(
        507,
        "No room",
        "The documents of this seat would exceed {limit} bytes together.",
        "本席位文件总量将超过 {limit} 字节。",
    ),
    "GATEWAY_SEAT_IS_SO": Reason(
        409, "Nothing to change", "So it is with {seat} already.", "席位 {seat} 现在即是如此。"
    ),
    "GATEWAY_SEAT_NOT_READY": Reason(
        409,
        "Two persons not ready",
        "{seat} needs a maker and a checker, different persons, each with a certified key of its own.",
        "席位 {seat} 须有经办与复核两人，且各自持有钱包以外的密钥及其证书。",
    ),
    "GATEWAY_PAPERS_DECIDED": Reason(
        409,
        "No longer open",
        "This request for papers was answered, or money is no longer asked for.",
        "该调阅请求已答复，或询价已结束。",
    ),
    "GATEWAY_DOCUMENT_NEEDED": Reason(
        409, "Still needed", "The document stays: {why}.", "该文件尚不能删除：{why}。"
    ),
    "GATEWAY_LEDGER_NOT_REACHED": Reason(
        503, "Ledger not reached", "The ledger does not answer; try again.", "账本暂无响应，请重试。"
    ),
}
"""Every code that a gateway answers with, in order of HTTP status."""
