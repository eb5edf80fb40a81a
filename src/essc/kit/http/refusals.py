"""What the edge itself refuses, before a room is asked. A `status` overrides the one that goes with the kind."""
from essc.kit.errors import Kind, Refused


class MalformedJson(Refused):
    """The body is not JSON, not UTF-8, or holds a half character (lone surrogate)."""

    kind, code = Kind.MALFORMED, "malformed_json"


class DuplicateKey(Refused):
    """An object of the body names one field twice: readers would disagree on which counts."""

    kind, code = Kind.MALFORMED, "duplicate_key"


class TextNotPlain(Refused):
    """A NUL or a broken percent-encoding in the path or query, or NUL in the body."""

    kind, code = Kind.MALFORMED, "text_not_plain"


class MalformedForm(Refused):
    """The body of a page's form cannot be read."""

    kind, code = Kind.MALFORMED, "malformed_form"


class HeaderDuplicated(Refused):
    """A header that may stand once stands twice."""

    kind, code = Kind.MALFORMED, "header_duplicated"


class HeadersTooLarge(Refused):
    """All headers together are over the limit."""

    kind, code, status = Kind.TOO_LARGE, "headers_too_large", 431


class InvalidRequest(Refused):
    """A field of body, query or path is missing, unknown or not what the contract says; `errors` names it."""

    kind, code = Kind.INVALID, "invalid_request"


class RouteNotFound(Refused):
    """Nothing stands at this address."""

    kind, code = Kind.NOT_FOUND, "route_not_found"


class MethodNotAllowed(Refused):
    """Something stands at this address, but not for this method; the Allow header names those there are."""

    kind, code, status = Kind.CONFLICT, "method_not_allowed", 405


class BodyTooLarge(Refused):
    """The body is over the limit of the operation."""

    kind, code = Kind.TOO_LARGE, "body_too_large"


class BodyTooSlow(Refused):
    """The body did not arrive in time."""

    kind, code, status = Kind.UNAVAILABLE, "body_too_slow", 408


class MediaTypeUnsupported(Refused):
    """The body is not `application/json` (UTF-8)."""

    kind, code, status = Kind.MALFORMED, "media_type_unsupported", 415


class CredentialsMissing(Refused):
    """The operation needs a session token, and there is none in the request."""

    kind, code = Kind.UNAUTHENTICATED, "credentials_missing"


class ScopeMissing(Refused):
    """The caller is known, and has not been given the ability that this operation needs."""

    kind, code = Kind.FORBIDDEN, "scope_missing"


class RateLimited(Refused):
    """More requests than the caller's quota of the current window."""

    kind, code = Kind.THROTTLED, "rate_limited"


class CrossSite(Refused):
    """A form that was sent from another site's page."""

    kind, code = Kind.FORBIDDEN, "cross_site"


class SubmittedAlready(Refused):
    """The same form was sent a second time; the first one counts."""

    kind, code = Kind.CONFLICT, "submitted_already"


class IdempotencyKeyMissing(Refused):
    """A write without an Idempotency-Key, or with one that is not 1 to 255 printable ASCII characters."""

    kind, code = Kind.MALFORMED, "idempotency_key_missing"


class IdempotencyKeyReused(Refused):
    """The key was used by this client before, for another request."""

    kind, code = Kind.INVALID, "idempotency_key_reused"


class IdempotencyInFlight(Refused):
    """The same request is being worked on at this moment."""

    kind, code = Kind.BUSY, "idempotency_in_flight"


class ValueNotAccepted(Refused):
    """The database cannot hold a value of the request (a data exception, SQLSTATE class 22)."""

    kind, code = Kind.INVALID, "value_not_accepted"


class InternalError(Refused):
    """Something we did not expect; the request id leads us to it."""

    kind, code, status = Kind.UNAVAILABLE, "internal_error", 500


class DatabaseUnavailable(Refused):
    """The database does not answer at the moment."""

    kind, code = Kind.UNAVAILABLE, "database_unavailable"


class Busy(Refused):
    """Somebody else holds what this request needs."""

    kind, code = Kind.BUSY, "busy"


class SignatureMissing(Refused):
    """No Signature or no Signature-Input header, or none with our tag."""

    kind, code = Kind.UNAUTHENTICATED, "signature_missing"


class SignatureMalformed(Refused):
    """Signature or Signature-Input cannot be read (RFC 9421 §4)."""

    kind, code = Kind.UNAUTHENTICATED, "signature_malformed"


class SignatureComponentMissing(Refused):
    """A component that must be covered is not, or a covered one is not in the request."""

    kind, code = Kind.UNAUTHENTICATED, "signature_component_missing"


class SignatureParameterMissing(Refused):
    """`created`, `keyid` or `tag` is missing."""

    kind, code = Kind.UNAUTHENTICATED, "signature_parameter_missing"


class SignatureExpired(Refused):
    """`created` is more than five minutes from our clock, or `expires` has passed."""

    kind, code = Kind.UNAUTHENTICATED, "signature_expired"


class SignatureAlgorithmWrong(Refused):
    """The message names an algorithm that is not the key's."""

    kind, code = Kind.UNAUTHENTICATED, "signature_algorithm_wrong"


class SignatureWrong(Refused):
    """The signature does not fit the message; in the sandbox the answer carries the string we expected to be signed."""

    kind, code = Kind.UNAUTHENTICATED, "signature_wrong"


class DigestMissing(Refused):
    """A body without a Content-Digest of SHA-256 (RFC 9530)."""

    kind, code = Kind.UNAUTHENTICATED, "digest_missing"


class DigestMismatch(Refused):
    """Content-Digest is not the SHA-256 of the body's bytes."""

    kind, code = Kind.UNAUTHENTICATED, "digest_mismatch"


class KeyUnknown(Refused):
    """No key of that id may sign here."""

    kind, code = Kind.UNAUTHENTICATED, "key_unknown"
