//go:build tools

// Package engine pins the consensus engine that tallychain runs: the stock cometbft command of one version, not a line of it ours.
//
// `make engine` builds it into bin/tally-engine.  The import is what keeps the version, and the checksums of all that it is made of, in go.mod and go.sum.
package engine

import _ "github.com/cometbft/cometbft/cmd/cometbft"
