package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Variables of sccache, which keeps what compilers yield
// (https://github.com/mozilla/sccache/blob/main/docs/Configuration.md).
const (
	sccacheMemcached = "SCCACHE_MEMCACHED"          // where results are kept for many machines
	sccacheEndpoint  = "SCCACHE_MEMCACHED_ENDPOINT" // its newer name
	sccacheSize      = "SCCACHE_CACHE_SIZE"
)

// localCacheSize bounds what is used in place of a memcached that cannot be reached:
// sccache's own folder in the side's HOME, which stays between runs.
const localCacheSize = "10G"

// reachIn bounds the look for a memcached: within one network it answers in
// milliseconds.
const reachIn = 2 * time.Second

// buildEnv is the environment of builds. A memcached of sccache's that cannot be reached
// from here is said once and replaced by a local cache with a limit: its name may mean
// something in the company's cloud only, and sccache fails where it finds nothing.
func (h *Harness) buildEnv(ctx context.Context, j *job, side results.Side) []string {
	env := map[string]string{}
	maps.Copy(env, j.stepEnv[side])
	maps.Copy(env, j.suite.Env)
	maps.Copy(env, j.suite.Build.Env)
	for _, name := range []string{sccacheMemcached, sccacheEndpoint} {
		if env[name] == "" {
			continue
		}
		host, err := reach(ctx, env[name], j.suite.Build.Network)
		if err == nil {
			j.note("build cache", "sccache with memcached at "+host)
			continue
		}
		delete(env, name)
		env[sccacheSize] = cmp.Or(env[sccacheSize], localCacheSize)
		words := fmt.Sprintf("sccache with a local folder of at most %s: memcached at %s cannot be used (%v)", env[sccacheSize], host, err)
		j.note("build cache", words)
		h.Progress.Say(words)
	}
	return settings(env)
}

// reach connects to a memcached as sccache names it, tcp://HOST:PORT or HOST:PORT, and
// returns HOST:PORT. It looks from this machine, which resolves names for containers.
func reach(ctx context.Context, address, network string) (host string, err error) {
	host = address
	if strings.Contains(address, "://") {
		parsed, err := url.Parse(address)
		if err != nil || parsed.Host == "" {
			return "a place that is no address", errors.New("give tcp://HOST:PORT")
		}
		host = parsed.Host
	}
	if network == "none" {
		return host, errors.New("the build has no network")
	}
	ctx, cancel := context.WithTimeout(ctx, reachIn)
	defer cancel()
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	if err != nil {
		return host, err
	}
	return host, connection.Close()
}
