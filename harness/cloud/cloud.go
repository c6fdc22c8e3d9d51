package cloud

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"mtrlz.dev/perfrun/results"
)

// Options are where to look; the zero value is this machine.
type Options struct {
	Root     string // of /sys
	Endpoint string // of the metadata service
}

// defaultEndpoint is the metadata service, at the same link-local address everywhere
// (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html).
const defaultEndpoint = "http://169.254.169.254"

// The whole look may take as long, and one answer may be as large.
const (
	lookIn     = time.Second
	connectIn  = 200 * time.Millisecond
	mostAnswer = 256 // bytes
)

// TypeFact names the fact of a run's environment that is the instance's type. Machines of
// one type are one class of environment.
const TypeFact = results.CloudTypeFact

// Instance is a rented machine. What it did not say is empty.
type Instance struct {
	Type string // "c5.2xlarge"
	ID   string
	Zone string // of availability
	Life string // "on-demand" or "spot"
}

// Read asks a machine what it is; false where it is no such instance, or does not answer.
func Read(ctx context.Context, o Options) (Instance, bool) {
	if o.Endpoint == "" {
		o.Endpoint = defaultEndpoint
	}
	if !isInstance(o.Root) {
		return Instance{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, lookIn)
	defer cancel()
	s := &service{endpoint: o.Endpoint, client: http.Client{
		// No proxy: the address means this very machine.
		Transport:     &http.Transport{DialContext: (&net.Dialer{Timeout: connectIn}).DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	defer s.client.CloseIdleConnections()
	if !s.begin(ctx) {
		return Instance{}, false
	}
	i := Instance{
		Type: s.get(ctx, "instance-type"), ID: s.get(ctx, "instance-id"),
		Zone: s.get(ctx, "placement/availability-zone"), Life: s.get(ctx, "instance-life-cycle"),
	}
	return i, i.Type != ""
}

// isInstance goes by what the firmware says: its vendor with Nitro, the hypervisor's id
// with Xen.
func isInstance(root string) bool {
	vendor, _ := os.ReadFile(filepath.Join("/", root, "sys/class/dmi/id/sys_vendor"))
	id, _ := os.ReadFile(filepath.Join("/", root, "sys/hypervisor/uuid"))
	return strings.TrimSpace(string(vendor)) == "Amazon EC2" || strings.HasPrefix(strings.ToLower(string(id)), "ec2")
}

// service is the metadata service within one session.
type service struct {
	endpoint string
	client   http.Client
	token    string
}

// begin gets a token. A service that gives none is not asked for anything else.
func (s *service) begin(ctx context.Context) bool {
	s.token = s.ask(ctx, http.MethodPut, "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", "60")
	return s.token != ""
}

func (s *service) get(ctx context.Context, name string) string {
	return s.ask(ctx, http.MethodGet, "/latest/meta-data/"+name, "X-aws-ec2-metadata-token", s.token)
}

// harmless is what names of types, zones and instances, and tokens, are made of. Anything
// else goes into no environment and on no page.
var harmless = regexp.MustCompile(`^[A-Za-z0-9._=+/-]{1,200}$`)

func (s *service) ask(ctx context.Context, method, path, header, value string) string {
	request, err := http.NewRequestWithContext(ctx, method, s.endpoint+path, http.NoBody)
	if err != nil {
		return ""
	}
	request.Header.Set(header, value)
	answer, err := s.client.Do(request)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	if err != nil || answer.StatusCode != http.StatusOK || !harmless.Match(text) {
		return ""
	}
	return string(text)
}

// Facts are those that numbers depend on.
func (i Instance) Facts() []results.Fact {
	return []results.Fact{{Name: TypeFact, Value: i.Type}}
}

// Notes say which machine of its type it was.
func (i Instance) Notes() (notes []results.Fact) {
	for _, n := range []results.Fact{{Name: "instance", Value: i.ID}, {Name: "availability zone", Value: i.Zone}, {Name: "rented", Value: i.Life}} {
		if n.Value != "" {
			notes = append(notes, n)
		}
	}
	return notes
}

// Guards say what the kind of machine takes from a measurement.
func (i Instance) Guards() []results.Guard {
	guards := []results.Guard{{
		Aspect: "neighbours", Detail: fmt.Sprintf("this %s is rented: other tenants share its memory and caches, unseen but for the time that they steal", i.Type),
	}}
	if Burst(i.Type) {
		guards = append(guards, results.Guard{
			Aspect: "cpu credits", Detail: fmt.Sprintf("a %s runs at full speed only as long as it has credits: how fast it was depends on what it did before", i.Type),
		})
	}
	return guards
}

// Burst reports whether machines of a type run on CPU credits
// (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-performance-instances.html).
func Burst(typ string) bool {
	family, _, _ := strings.Cut(typ, ".")
	switch family {
	case "t1", "t2", "t3", "t3a", "t4g":
		return true
	}
	return false
}
