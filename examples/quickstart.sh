# Five minutes with curl and openssl alone: a key of our own, a sandbox app, the first signed request, a terminal to try things with.
#
#     bash examples/quickstart.sh http://localhost:8000
#
# Signs with essc.sh, which the platform's developer portal hands out; the page /dev/quickstart goes on from here to a code and its verdict.
set -eu
export ESSC_URL="${1%/}"
cd "$(mktemp -d)"
curl -sSO "$ESSC_URL/dev/quickstart/essc.sh"
. ./essc.sh

openssl genpkey -algorithm ed25519 -out channel.pem
told=$(essc POST /v1/channels "{\"name\":\"示例快速接入\",\"form\":\"app\",\"kind\":\"social\",\"region\":\"450000\",\"abilities\":[\"issue\",\"present\"],\"sandbox\":true,
  \"public_key\":$(ed25519_jwk channel.pem)}")
app=$(printf %s "$told" | pick id)
export ESSC_KEY_FILE=channel.pem ESSC_KEY_ID=$(printf %s "$told" | grep -o 'ckey_[0-9a-z]*' | head -n 1)
echo "we are $app and sign as $ESSC_KEY_ID"

essc GET "/v1/channels/$app" | cut -d, -f2-8
terminal=$(essc POST /v1/sandbox-terminals '{}')
echo "a terminal to try things with: $(printf %s "$terminal" | pick venue_name), $(printf %s "$terminal" | pick id)"
