# essc.sh: asks the platform with curl and signs with openssl (RFC 9421, RFC 9530). For bash; nothing else is needed.
#
#   . ./essc.sh
#   essc GET  /v1/channels/chan_...
#   essc POST /v1/sandbox-terminals '{}'
#
# Who signs: ESSC_KEY_ID with the private key in ESSC_KEY_FILE (PEM, Ed25519 or P-256), or with ESSC_SECRET (a terminal's session).
# ESSC_TOKEN instead: a signed-in holder's session. No ESSC_KEY_ID: nobody. ESSC_URL: the platform. Status and request id go to standard error.

essc() { # METHOD PATH [BODY]
  local method=$1 path=${2%%\?*} query=${2#"${2%%\?*}"} body=${3-} created answer covered input base
  local -a send=(-sS -X "$method" -H "accept-language: ${ESSC_LANGUAGE:-en}")
  covered='"@method" "@path" "@query"'
  base="\"@method\": $method"$'\n'"\"@path\": $path"$'\n'"\"@query\": ${query:-?}"
  _essc_header() { send+=(-H "$1: $2"); covered+=" \"$1\""; base+=$'\n'"\"$1\": $2"; }
  if [ -n "$body" ]; then
    _essc_header content-digest "sha-256=:$(printf %s "$body" | openssl dgst -sha256 -binary | base64 -w0):"
    _essc_header content-type application/json
    send+=(--data-raw "$body")
  fi
  [ "$method" = GET ] || _essc_header idempotency-key "$(openssl rand -hex 16)"
  if [ -n "${ESSC_TOKEN-}" ]; then
    send+=(-H "authorization: Bearer $ESSC_TOKEN")
  elif [ -n "${ESSC_KEY_ID-}" ]; then
    input="($covered);created=$(date +%s);keyid=\"$ESSC_KEY_ID\";tag=\"essc\""
    base+=$'\n'"\"@signature-params\": $input"
    send+=(-H "signature-input: sig=$input" -H "signature: sig=:$(printf %s "$base" | _essc_sign | base64 -w0):")
  fi
  answer=$(curl "${send[@]}" -w '%{stderr}'"$method $path"' -> %{http_code} %header{x-request-id}\n' "$ESSC_URL$path$query") && printf '%s\n' "$answer"
}

_essc_sign() { # the raw signature of standard input
  if [ -n "${ESSC_SECRET-}" ]; then
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(_essc_hex "$ESSC_SECRET")" -binary
  elif openssl pkey -in "$ESSC_KEY_FILE" -noout -text | grep -q ED25519; then
    local text; text=$(mktemp) && cat > "$text" && openssl pkeyutl -sign -rawin -inkey "$ESSC_KEY_FILE" -in "$text"; rm -f "$text"
  else                                                   # r and s, 32 bytes each, not the DER that openssl gives
    openssl dgst -sha256 -sign "$ESSC_KEY_FILE" | openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' \
      | while read -r number; do printf '%064s' "$number" | tr ' ' 0; done | sed 's/../\\x&/g' | xargs -0 printf %b
  fi
}

_essc_hex() { # base64url -> hexadecimal digits
  local text; text=$(printf %s "$1" | tr -- -_ +/)
  while [ $(( ${#text} % 4 )) -ne 0 ]; do text+="="; done
  printf %s "$text" | base64 -d | od -An -v -tx1 | tr -d ' \n'
}

pick() { # NAME: the first text of that name in the JSON of standard input
  grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d'"' -f4
}

ed25519_jwk() { # FILE: the public half of an Ed25519 private key, as the platform takes it
  printf '{"kty":"OKP","crv":"Ed25519","x":"%s"}' "$(openssl pkey -in "$1" -pubout -outform DER | tail -c 32 | base64 -w0 | tr -- +/ -_ | tr -d =)"
}
