BEGIN TRANSACTION;
CREATE TABLE account (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, seat TEXT NOT NULL, person TEXT NOT NULL, roles TEXT NOT NULL, key_file TEXT NOT NULL,
    certificate TEXT NOT NULL, active INTEGER NOT NULL) STRICT;
INSERT INTO "account" VALUES('s1','Owner of s1','s1','5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e','maker checker','sign-s1.key','abababababababababababababababababababababababababababababababab',1);
CREATE TABLE audit (
    number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, account TEXT NOT NULL, act TEXT NOT NULL, object TEXT NOT NULL,
    second_factor TEXT NOT NULL) STRICT;
INSERT INTO "audit" VALUES(1,4,'maker','voucher.issue','d1','none');
CREATE TABLE card_request (
    id TEXT PRIMARY KEY, seat TEXT NOT NULL, place TEXT NOT NULL, sponsor TEXT NOT NULL, uscc TEXT NOT NULL, state TEXT NOT NULL,
    card BLOB, certificate TEXT, asked_ms INTEGER NOT NULL, UNIQUE (seat, place)) STRICT;
INSERT INTO "card_request" VALUES('r1','s1','p','bank-b','91310000MA1K00002X','asked',NULL,NULL,4);
CREATE TABLE card_waiting (
    member TEXT NOT NULL, id TEXT NOT NULL, seat TEXT NOT NULL, asked_ms INTEGER NOT NULL, PRIMARY KEY (member, id)) STRICT;
INSERT INTO "card_waiting" VALUES('bank-b','r2','s1',4);
CREATE TABLE certificate (
    digest TEXT PRIMARY KEY, der BLOB NOT NULL, intermediates BLOB NOT NULL, name TEXT NOT NULL, uscc TEXT NOT NULL,
    sender TEXT NOT NULL, received_ms INTEGER NOT NULL) STRICT;
INSERT INTO "certificate" VALUES('abababababababababababababababababababababababababababababababab',X'646572',X'90','Supplier One','91310000MA1K00001X','',5);
CREATE TABLE document (
    digest TEXT NOT NULL, seat TEXT NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL, size INTEGER NOT NULL, sender TEXT NOT NULL,
    stored_ms INTEGER NOT NULL, PRIMARY KEY (seat, digest)) STRICT;
INSERT INTO "document" VALUES('efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef','s1','a.pdf','application/pdf',3,'',4);
CREATE TABLE draft (
    id TEXT PRIMARY KEY, seat TEXT NOT NULL, type TEXT NOT NULL, maker TEXT NOT NULL, made_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
    state TEXT NOT NULL, content BLOB NOT NULL, decided_by TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
    operation TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "draft" VALUES('d1','member','voucher.issue','maker',1,2,'open',X'636F6E74656E74','','','');
CREATE TABLE introduction (certificate TEXT NOT NULL, member TEXT NOT NULL, PRIMARY KEY (certificate, member)) STRICT;
INSERT INTO "introduction" VALUES('abababababababababababababababababababababababababababababababab','bank-b');
CREATE TABLE letter_in (
    sender TEXT NOT NULL, id TEXT NOT NULL, digest BLOB NOT NULL, acknowledgement BLOB NOT NULL, received_ms INTEGER NOT NULL,
    PRIMARY KEY (sender, id)) STRICT;
INSERT INTO "letter_in" VALUES('bank-b','l1',X'0303030303030303030303030303030303030303030303030303030303030303',X'61636B',4);
CREATE TABLE letter_out (
    id TEXT PRIMARY KEY, receiver TEXT NOT NULL, kind TEXT NOT NULL, text BLOB NOT NULL, expires_ms INTEGER NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "letter_out" VALUES('l2','bank-b','card.request',X'74657874',9,'waiting',1);
CREATE TABLE outbox (
    id TEXT PRIMARY KEY, seat TEXT NOT NULL, account TEXT NOT NULL, type TEXT NOT NULL, frame BLOB NOT NULL, expires_ms INTEGER NOT NULL,
    queued_ms INTEGER NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL DEFAULT '', height INTEGER NOT NULL DEFAULT 0,
    first TEXT NOT NULL DEFAULT '', answer BLOB NOT NULL DEFAULT x'') STRICT;
INSERT INTO "outbox" VALUES('cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd','s1','s1','voucher.take',X'6672616D65',3,2,'queued','',0,'',X'');
CREATE TABLE progress (name TEXT PRIMARY KEY, height INTEGER NOT NULL) STRICT;
INSERT INTO "progress" VALUES('follower',41);
CREATE TABLE request (
    seat TEXT NOT NULL, type TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, draft TEXT NOT NULL, operation TEXT NOT NULL,
    PRIMARY KEY (seat, type, key)) STRICT;
INSERT INTO "request" VALUES('s1','voucher.take','key-0001',X'0202020202020202020202020202020202020202020202020202020202020202','','cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd');
CREATE TABLE seat (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, uscc TEXT NOT NULL, two_persons INTEGER NOT NULL, findable INTEGER NOT NULL,
    active INTEGER NOT NULL, hosted INTEGER NOT NULL, next_tag INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "seat" VALUES('s1','Supplier One','91310000MA1K00001X',0,1,1,1,7);
CREATE TABLE tag (
    key TEXT PRIMARY KEY, seat TEXT NOT NULL, counter INTEGER NOT NULL, sealing TEXT NOT NULL, card BLOB, certificate TEXT,
    valid_until_ms INTEGER NOT NULL DEFAULT 0, given INTEGER NOT NULL, UNIQUE (seat, counter)) STRICT;
INSERT INTO "tag" VALUES('ed25519:aa','s1',0,'x25519:aa',X'63617264',NULL,0,1);
CREATE TABLE token (
    digest BLOB PRIMARY KEY, account TEXT NOT NULL, expires_ms INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "token" VALUES(X'0101010101010101010101010101010101010101010101010101010101010101','s1',1900000000000,0);
CREATE INDEX tag_by_sealing ON tag (sealing);
CREATE INDEX draft_by_state ON draft (state, seat);
CREATE INDEX outbox_open ON outbox (expires_ms) WHERE state = 'queued';
CREATE INDEX letter_out_open ON letter_out (expires_ms) WHERE state = 'waiting';
COMMIT;
