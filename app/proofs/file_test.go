package proofs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vastrelay/app/datadir"
)

func TestDamagedProofsComeBackFromTheirCopyAndKeepWhatANewerVersionWrote(t *testing.T) {
	const sound = `{"salt":"s","token":"t","quota":{"left":3}}`
	for name, damage := range map[string]string{
		"empty": "", "all zeros": "\x00\x00", "truncated": sound[:10], "an object of another shape": `{"installation_id":"abcd1234"}`, "a list": "[]",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "proofs.json")
			for file, content := range map[string]string{path: damage, path + ".last-good": sound} {
				if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			f := datadir.NewFile[Proofs](path)
			p, err := f.Load()
			if err == nil || p.Salt != "s" || p.Token != "t" {
				t.Errorf("got %+v, %v, want the last good copy and the damage said", p, err)
			}
			p.Token = "u"
			if err := f.Save(p); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{path, path + ".last-good"} {
				if content, err := os.ReadFile(file); err != nil || !strings.Contains(string(content), `"left": 3`) || strings.Contains(string(content), `"t"`) {
					t.Errorf("%s: got %s, %v, want what was saved and what is not known here", filepath.Base(file), content, err)
				}
			}
		})
	}
}
