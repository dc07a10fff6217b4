package app

import (
	"slices"
	"testing"

	"vastrelay/app/config"
)

// TestTheTableOfCredentialsKnowsTheVariablesThatHaveRules: the rules for what an
// override bars name three variables, which the table of credentials must have.
func TestTheTableOfCredentialsKnowsTheVariablesThatHaveRules(t *testing.T) {
	have := credentialVariables()
	for _, v := range []config.Variable{config.VarVastKey, config.VarChatURL, config.VarNgrokToken} {
		if !slices.Contains(have, v) {
			t.Errorf("no credential comes from %s", v)
		}
	}
}
