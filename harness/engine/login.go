package engine

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/distribution/reference"
	"github.com/docker/cli/cli/config"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/registry"

	"mtrlz.dev/perfrun/results"
)

// hubKey is how Docker's configuration names Docker Hub.
const hubKey = "https://index.docker.io/v1/"

// helperIn bounds how long a credential helper may take: some ask a service.
const helperIn = 30 * time.Second

// login is what Docker's own configuration, or the credential helper that it names, has
// for an image's registry, as the Engine takes it; empty where it has nothing. It
// appears in no message.
func login(ctx context.Context, ref string) (string, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", nil // the Engine says what is wrong with the name
	}
	key := reference.Domain(named)
	if key == "docker.io" {
		key = hubKey
	}
	dir := cmp.Or(os.Getenv("DOCKER_CONFIG"), config.Dir())
	type found struct {
		auth string
		err  error
	}
	asked := make(chan found, 1)
	go func() {
		auth, err := ask(dir, key)
		asked <- found{auth, err}
	}()
	select {
	case f := <-asked:
		return f.auth, f.err
	case <-time.After(helperIn):
		return "", loginProblem(dir, fmt.Errorf("its credential helper did not answer within %s", helperIn))
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func ask(dir, key string) (string, error) {
	file, err := config.Load(dir)
	if err != nil {
		return "", loginProblem(dir, err)
	}
	known, err := file.GetAuthConfig(key)
	if err != nil {
		return "", loginProblem(dir, err)
	}
	if known.Username == "" && known.Auth == "" && known.IdentityToken == "" && known.RegistryToken == "" {
		return "", nil
	}
	return authconfig.Encode(registry.AuthConfig(known))
}

func loginProblem(dir string, err error) error {
	return &results.Problem{
		Kind: results.CannotRun, Where: dir + "/config.json", What: fmt.Sprintf("who may pull images cannot be read from it: %v", err),
		Next: "mend it, or log in anew: docker login", Err: err,
	}
}
