package ngrok

import (
	"context"
	"fmt"

	"vastrelay/relay/tunnel"
)

// codeTooManySessions says that the account has as many agents online as its
// plan allows. The token itself was accepted.
const codeTooManySessions = "ERR_NGROK_108"

// CheckToken proves the token of o by logging in once, without opening an
// address, and logs out again. A token or setting that cannot work is a
// *PermanentError; any other failure is passing trouble, or the end of ctx.
// An account whose plan allows no further agent online proves its token too,
// but tells nothing more: the Account is then empty. An error of a proxy on the
// way has a method ProxyFailure() string, an answer of ngrok that is not final
// one VendorWords() string.
func CheckToken(ctx context.Context, o Options) (tunnel.Account, error) {
	cfg, err := newConfig(o)
	if err != nil {
		return tunnel.Account{}, err
	}
	s, err := newSession(ctx, cfg, nil)
	if err != nil {
		return tunnel.Account{}, fmt.Errorf("check the ngrok token: %w", cfg.red.error(err))
	}
	defer s.end()
	if out := s.login(ctx); out != nil {
		switch {
		case out.end == endStopped:
			return tunnel.Account{}, fmt.Errorf("check the ngrok token: %w", context.Cause(ctx))
		case out.fail.kind == tunnel.Permanent:
			return tunnel.Account{}, out.fail.permanentError()
		case out.fail.code == codeTooManySessions:
			return tunnel.Account{}, nil
		default:
			return tunnel.Account{}, fmt.Errorf("check the ngrok token: %w", out.fail.error())
		}
	}
	account := s.account()
	s.callWithin(cfg.limits.disconnect, func() { _ = s.agent.Disconnect() })
	return account, nil
}
