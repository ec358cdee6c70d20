// Command light lets the consensus engine's own light client judge what tallychain proves, and writes down what the engine makes of its own chain.
//
// It is used by tests only, because a proof that only its maker can check proves little:
//
//	light check CHAIN RPC TRUSTED-HEIGHT TRUSTED-HASH PATH KEY [SPOILED]
//	light vectors RPC HEIGHT...
//
// `check` asks a node for a row of the state through the engine's light client, which follows the headers from the trusted one and verifies the
// proof under the right one, and prints the value in hex.  SPOILED names a part of the node's answer that is changed on the way
// (value, key, proof, bucket, height): then the light client has to refuse, and the command ends with 1.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	db "github.com/cometbft/cometbft-db"
	"github.com/cometbft/cometbft/libs/bytes"
	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/light/provider"
	lighthttp "github.com/cometbft/cometbft/light/provider/http"
	lightrpc "github.com/cometbft/cometbft/light/rpc"
	lightdb "github.com/cometbft/cometbft/light/store/db"
	"github.com/cometbft/cometbft/rpc/client"
	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/cometbft/cometbft/rpc/core/types"
	cmttypes "github.com/cometbft/cometbft/types"
)

const (
	patience       = 60 * time.Second
	trustingPeriod = 168 * time.Hour
)

func main() {
	ctx, done := context.WithTimeout(context.Background(), patience)
	defer done()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) >= 7 && args[0] == "check":
		return check(ctx, args[1:])
	case len(args) >= 3 && args[0] == "vectors":
		return vectors(ctx, args[1], args[2:])
	}
	return errors.New("light check CHAIN RPC TRUSTED-HEIGHT TRUSTED-HASH PATH KEY [SPOILED] | light vectors RPC HEIGHT...")
}

func check(ctx context.Context, args []string) error {
	chain, node, path := args[0], args[1], args[4]
	height, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil {
		return err
	}
	hash, err := hex.DecodeString(args[3])
	if err != nil {
		return err
	}
	key, err := hex.DecodeString(args[5])
	if err != nil {
		return err
	}
	primary, err := lighthttp.New(chain, node)
	if err != nil {
		return err
	}
	witness, err := lighthttp.New(chain, node)
	if err != nil {
		return err
	}
	trusted := light.TrustOptions{Period: trustingPeriod, Height: height, Hash: hash}
	store := lightdb.New(db.NewMemDB(), chain)
	verifier, err := light.NewClient(ctx, chain, trusted, primary, []provider.Provider{witness}, store)
	if err != nil {
		return err
	}
	rpc, err := rpchttp.New(node, "/websocket")
	if err != nil {
		return err
	}
	spoiled := ""
	if len(args) > 6 {
		spoiled = args[6]
	}
	asked := lightrpc.NewClient(spoiling{rpc, spoiled}, verifier, lightrpc.KeyPathFn(lightrpc.DefaultMerkleKeyPathFn()))
	answer, err := asked.ABCIQuery(ctx, path, key)
	if err != nil {
		return err
	}
	fmt.Println(hex.EncodeToString(answer.Response.Value))
	return nil
}

// spoiling is a node's RPC of which one part of the answer is changed on the way.
type spoiling struct {
	client.Client
	part string
}

func (s spoiling) ABCIQueryWithOptions(
	ctx context.Context, path string, data bytes.HexBytes, opts client.ABCIQueryOptions,
) (*coretypes.ResultABCIQuery, error) {
	asked := path
	if s.part == "bucket" {
		asked = path[:len(path)-5] + "0" + path[len(path)-4:]
	}
	result, err := s.Client.ABCIQueryWithOptions(ctx, asked, data, opts)
	if err != nil {
		return nil, err
	}
	answer := &result.Response
	switch s.part {
	case "":
	case "value":
		answer.Value[0] ^= 1
	case "key":
		answer.Key[len(answer.Key)-1] ^= 1
	case "proof":
		last := answer.ProofOps.Ops[len(answer.ProofOps.Ops)-1].Data
		last[len(last)-1] ^= 1
	case "operator":
		answer.ProofOps.Ops = answer.ProofOps.Ops[1:]
	case "height":
		answer.Height = 2
	default:
		return nil, fmt.Errorf("no part %q can be spoiled", s.part)
	}
	return result, nil
}

func vectors(ctx context.Context, node string, heights []string) error {
	rpc, err := rpchttp.New(node, "/websocket")
	if err != nil {
		return err
	}
	made := []map[string]any{}
	for _, text := range heights {
		height, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		one, err := vector(ctx, rpc, height)
		if err != nil {
			return err
		}
		made = append(made, one)
	}
	text, err := json.MarshalIndent(made, "", " ")
	if err != nil {
		return err
	}
	fmt.Println(string(text))
	return nil
}

// vector is one height as the engine's own code encodes, hashes and signs it.
func vector(ctx context.Context, rpc *rpchttp.HTTP, height int64) (map[string]any, error) {
	decided, err := rpc.Commit(ctx, &height)
	if err != nil {
		return nil, err
	}
	page, most := 1, 100
	voters, err := rpc.Validators(ctx, &height, &page, &most)
	if err != nil {
		return nil, err
	}
	block, err := rpc.Block(ctx, &height)
	if err != nil {
		return nil, err
	}
	header, err := decided.Header.ToProto().Marshal()
	if err != nil {
		return nil, err
	}
	commit, err := decided.Commit.ToProto().Marshal()
	if err != nil {
		return nil, err
	}
	set := &cmttypes.ValidatorSet{Validators: voters.Validators, Proposer: voters.Validators[0]}
	message, err := set.ToProto()
	if err != nil {
		return nil, err
	}
	validators, err := message.Marshal()
	if err != nil {
		return nil, err
	}
	transactions := []string{}
	for _, transaction := range block.Block.Txs {
		transactions = append(transactions, hex.EncodeToString(transaction))
	}
	votes := []map[string]any{}
	for place, row := range decided.Commit.Signatures {
		if row.BlockIDFlag != cmttypes.BlockIDFlagAbsent {
			signed := decided.Commit.VoteSignBytes(decided.Header.ChainID, int32(place))
			votes = append(votes, map[string]any{"row": place, "sign_bytes": hex.EncodeToString(signed)})
		}
	}
	other := decided.Commit.Clone()
	other.Signatures[0].BlockIDFlag = cmttypes.BlockIDFlagNil
	return map[string]any{
		"height":        height,
		"hash":          hex.EncodeToString(decided.Header.Hash()),
		"commit_hash":   hex.EncodeToString(decided.Commit.Hash()),
		"set_hash":      hex.EncodeToString(set.Hash()),
		"header":        hex.EncodeToString(header),
		"commit":        hex.EncodeToString(commit),
		"validators":    hex.EncodeToString(validators),
		"transactions":  transactions,
		"votes":         votes,
		"vote_for_none": hex.EncodeToString(other.VoteSignBytes(decided.Header.ChainID, 0)),
	}, nil
}
