//go:build tools

// Package next pins the next line of the consensus engine, on which the same tests run, so that a change to it is rehearsed before it is needed.
package next

import _ "github.com/cometbft/cometbft/cmd/cometbft"
