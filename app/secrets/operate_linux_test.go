package secrets

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
)

// operateVariable turns the test binary into a program that drives the real
// keyring of the session it finds itself in.
const operateVariable = "VASTRELAY_TEST_OPERATE_KEYRING"

func TestMain(m *testing.M) {
	if os.Getenv(operateVariable) != "" {
		operate()
		return
	}
	os.Exit(m.Run())
}

// operate reads operations from standard input, a line each, and answers each
// with a line: what came of it, and "in time" or "late".
func operate() {
	k := NewKeyring(KeyringOptions{})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		begun := time.Now()
		answer := perform(k, words[0], words[1:])
		when := "in time"
		if time.Since(begun) > quietDeadline+8*time.Second { // Room for a machine under load.
			when = "late"
		}
		fmt.Println(answer, when)
	}
}

func perform(k *Keyring, operation string, args []string) string {
	ctx := context.Background()
	switch operation {
	case "state":
		return string(k.State(ctx))
	case "set":
		return describe(k.Set(ctx, args[0], relay.NewSecret(args[1])))
	case "get":
		value, err := k.Get(ctx, args[0])
		if err != nil {
			return describe(err)
		}
		return value.Reveal()
	case "delete":
		return describe(k.Delete(ctx, args[0]))
	case "unlock": // gives up after the given time
		patience, _ := time.ParseDuration(args[0])
		ctx, stop := context.WithTimeout(ctx, patience)
		defer stop()
		return describe(k.Unlock(ctx))
	default:
		return "unknown operation"
	}
}
