//! What AWS's codes mean for a message, and what a person can do (reference, sections 4 and 7; the models of
//! both APIs).

use tidings_routing::{Class, ErrorEntry, ErrorTable};

/// What AWS's codes mean: exceptions and their reasons, codes of SNS, and the ends that events tell.
///
/// Where AWS says which parameter is wrong, the code here is the exception's and the parameter's with a point
/// between them.
pub const ERRORS: ErrorTable = ErrorTable::new(ROWS);

/// The words in which the delivery log of SNS says why a message failed.
pub(crate) const RESPONSES: ErrorTable = ErrorTable::new(RESPONSE_ROWS);

const IAM: &str = "give the key the right that the README of this adapter lists";
const KEYS: &str = "check the access key, its secret and, for temporary keys, the session token";
const CLOCK: &str = "the clock of this installation is wrong, or the request was too long on its way: check the clock";
const SPEND: &str =
    "the monthly spend limit is reached: ask AWS to raise it, or wait for the next month";
const COUNTRY: &str = "AWS does not let the account send to this country: enable it in the console, or use another account";
const MANAGEMENT: &str =
    "this is about managing the account, not about a message: see the End User Messaging console";
const QUOTA: &str = "a quota of the account is used up: ask AWS to raise it";
const SENDER: &str =
    "use a number, sender ID or pool that is active, and registered for this destination";
const MEDIA: &str = "use a file that AWS can read in S3, of a kind and size that MMS carries";
const NUMBER: &str = "the number is not valid: correct it with the contact";
const FILTERED: &str = "a carrier or AWS filtered the message as unwanted: review text, links and registration before sending more";
const PRICE: &str = "the message costs more than the account allows: raise the maximum price";
const TOPIC: &str = "this is about a topic, not about a message: see the SNS console";
const DEFECT: &str = "AWS does not understand the request: report this";

const ROWS: &[ErrorEntry] = &[
    // Exceptions of both APIs, and of AWS's front door.
    row("AccessDenied", Class::Account, IAM),
    row("AccessDeniedException", Class::Account, IAM),
    row("AuthorizationError", Class::Account, IAM),
    row("NotAuthorized", Class::Account, IAM),
    row("InvalidClientTokenId", Class::Account, KEYS),
    row("UnrecognizedClientException", Class::Account, KEYS),
    row("SignatureDoesNotMatch", Class::Account, KEYS),
    row("InvalidSignatureException", Class::Account, KEYS),
    row("IncompleteSignature", Class::Account, KEYS),
    row("IncompleteSignatureException", Class::Account, KEYS),
    row("MissingAuthenticationToken", Class::Account, KEYS),
    row("MissingAuthenticationTokenException", Class::Account, KEYS),
    row(
        "ExpiredToken",
        Class::Account,
        "the temporary key has ended: put a new one in its place",
    ),
    row(
        "ExpiredTokenException",
        Class::Account,
        "the temporary key has ended: put a new one in its place",
    ),
    row(
        "OptInRequired",
        Class::Account,
        "the AWS account has not signed up for this service or region",
    ),
    row("InvalidSecurity", Class::Account, KEYS),
    row("RequestTimeTooSkewed", Class::Account, CLOCK),
    row("RequestExpired", Class::Account, CLOCK),
    row("Throttled", Class::RateLimited, ""),
    row("Throttling", Class::RateLimited, ""),
    row("ThrottlingException", Class::RateLimited, ""),
    row("ThrottledException", Class::RateLimited, ""),
    row("RequestLimitExceeded", Class::RateLimited, ""),
    row("TooManyRequestsException", Class::RateLimited, ""),
    row("InternalError", Class::Transient, ""),
    row("InternalErrorException", Class::Transient, ""),
    row("InternalFailure", Class::Transient, ""),
    row("InternalServerError", Class::Transient, ""),
    row("InternalServerException", Class::Transient, ""),
    row("RequestAbortedException", Class::Transient, ""),
    row("RequestTimeout", Class::Transient, ""),
    row("RequestTimeoutException", Class::Transient, ""),
    row("ServiceUnavailable", Class::Transient, ""),
    row("ServiceUnavailableException", Class::Transient, ""),
    row("ValidationException", Class::Content, ""),
    row("ValidationError", Class::Content, ""),
    row(
        "ValidationException.DestinationPhoneNumber",
        Class::Recipient,
        NUMBER,
    ),
    row(
        "ValidationException.OriginationIdentity",
        Class::Sender,
        SENDER,
    ),
    row(
        "ValidationException.ConfigurationSetName",
        Class::Account,
        "check the configuration set of the account here",
    ),
    row(
        "ConflictException",
        Class::Account,
        "something about the account stands in the way: see the End User Messaging console",
    ),
    row("ServiceQuotaExceededException", Class::Account, QUOTA),
    row(
        "ResourceNotFoundException",
        Class::Account,
        "the sender or the configuration set does not exist in this region: check both",
    ),
    row("SerializationException", Class::Content, DEFECT),
    row("UnknownOperationException", Class::Account, DEFECT),
    row("InvalidAction", Class::Account, DEFECT),
    // Reasons of an AccessDeniedException.
    row(
        "ACCOUNT_DISABLED",
        Class::Account,
        "AWS has disabled the account: see the AWS console",
    ),
    row(
        "INSUFFICIENT_ACCOUNT_REPUTATION",
        Class::Account,
        "AWS has stopped the account for its reputation: see the AWS console",
    ),
    // Reasons of a ConflictException.
    row(
        "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
        Class::Account,
        "the account is in the sandbox and reaches verified numbers only: ask AWS for production access",
    ),
    row("DESTINATION_PHONE_NUMBER_OPTED_OUT", Class::OptedOut, ""),
    row(
        "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
        Class::Sender,
        COUNTRY,
    ),
    row(
        "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
        Class::Recipient,
        "the protect configuration of the account blocks this number: change it there, or use another channel",
    ),
    row("NO_ORIGINATION_IDENTITIES_FOUND", Class::Sender, SENDER),
    row("RESOURCE_NOT_ACTIVE", Class::Sender, SENDER),
    row(
        "MESSAGE_TYPE_MISMATCH",
        Class::Sender,
        "the sender is registered for another kind of message (transactional, promotional): use another",
    ),
    row(
        "NUMBER_CAPABILITIES_MISMATCH",
        Class::Sender,
        "the sender cannot send this kind of message: use one that has the capability",
    ),
    row(
        "CREATE_REGISTRATION_VERSION_NOT_ALLOWED",
        Class::Account,
        MANAGEMENT,
    ),
    row("DELETION_PROTECTION_ENABLED", Class::Account, MANAGEMENT),
    row(
        "DISASSOCIATE_REGISTRATION_NOT_ALLOWED",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "DISCARD_REGISTRATION_VERSION_NOT_ALLOWED",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED",
        Class::Account,
        MANAGEMENT,
    ),
    row("EVENT_DESTINATION_MISMATCH", Class::Account, MANAGEMENT),
    row("KEYWORD_MISMATCH", Class::Account, MANAGEMENT),
    row("LAST_PHONE_NUMBER", Class::Account, MANAGEMENT),
    row("OPT_OUT_LIST_MISMATCH", Class::Account, MANAGEMENT),
    row(
        "PHONE_NUMBER_ASSOCIATED_TO_POOL",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "PHONE_NUMBER_ASSOCIATED_TO_REGISTRATION",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "PHONE_NUMBER_NOT_ASSOCIATED_TO_POOL",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "PHONE_NUMBER_NOT_IN_REGISTRATION_REGION",
        Class::Account,
        MANAGEMENT,
    ),
    row("REGISTRATION_ALREADY_SUBMITTED", Class::Account, MANAGEMENT),
    row("REGISTRATION_NOT_COMPLETE", Class::Account, MANAGEMENT),
    row("RESOURCE_ALREADY_ASSOCIATED", Class::Account, MANAGEMENT),
    row("SENDER_ID_ASSOCIATED_TO_POOL", Class::Account, MANAGEMENT),
    row("RCS_AGENT_ASSOCIATED_TO_POOL", Class::Account, MANAGEMENT),
    row(
        "POOL_ASSOCIATED_TO_NOTIFY_CONFIGURATION",
        Class::Account,
        MANAGEMENT,
    ),
    row("RESOURCE_ALREADY_EXISTS", Class::Account, MANAGEMENT),
    row("RESOURCE_DELETION_NOT_ALLOWED", Class::Account, MANAGEMENT),
    row(
        "RESOURCE_MODIFICATION_NOT_ALLOWED",
        Class::Account,
        MANAGEMENT,
    ),
    row("RESOURCE_NOT_EMPTY", Class::Account, MANAGEMENT),
    row("SELF_MANAGED_OPT_OUTS_MISMATCH", Class::Account, MANAGEMENT),
    row(
        "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED",
        Class::Account,
        MANAGEMENT,
    ),
    row("TWO_WAY_CONFIG_MISMATCH", Class::Account, MANAGEMENT),
    row("VERIFICATION_CODE_EXPIRED", Class::Account, MANAGEMENT),
    row("VERIFICATION_ALREADY_COMPLETE", Class::Account, MANAGEMENT),
    row(
        "PROTECT_CONFIGURATION_IS_ACCOUNT_DEFAULT",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "PROTECT_CONFIGURATION_ASSOCIATED_WITH_CONFIGURATION_SET",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "PROTECT_CONFIGURATION_NOT_ASSOCIATED_WITH_CONFIGURATION_SET",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "RCS_AGENT_ALREADY_ASSOCIATED_TO_REGISTRATION_TYPE",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "NOTIFY_CONFIGURATION_NOT_ACTIVE",
        Class::Account,
        MANAGEMENT,
    ),
    // Reasons of a ServiceQuotaExceededException.
    row(
        "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
        Class::Account,
        SPEND,
    ),
    row(
        "MONTHLY_SPEND_LIMIT_REACHED_FOR_MEDIA",
        Class::Account,
        SPEND,
    ),
    row(
        "MONTHLY_SPEND_LIMIT_REACHED_FOR_NOTIFY",
        Class::Account,
        SPEND,
    ),
    row("MONTHLY_SPEND_LIMIT_REACHED_FOR_RCS", Class::Account, SPEND),
    row(
        "MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE",
        Class::Account,
        SPEND,
    ),
    row("ASSOCIATIONS_PER_REGISTRATION", Class::Account, QUOTA),
    row("CONFIGURATION_SETS_PER_ACCOUNT", Class::Account, QUOTA),
    row("DAILY_DESTINATION_CALL_LIMIT", Class::Account, QUOTA),
    row("DAILY_NOTIFY_TIER_MESSAGE_LIMIT", Class::Account, QUOTA),
    row(
        "EVENT_DESTINATIONS_PER_CONFIGURATION_SET",
        Class::Account,
        QUOTA,
    ),
    row("KEYWORDS_PER_PHONE_NUMBER", Class::Account, QUOTA),
    row("KEYWORDS_PER_POOL", Class::Account, QUOTA),
    row("NOTIFY_CONFIGURATIONS_PER_ACCOUNT", Class::Account, QUOTA),
    row("OPT_OUT_LISTS_PER_ACCOUNT", Class::Account, QUOTA),
    row("ORIGINATION_IDENTITIES_PER_POOL", Class::Account, QUOTA),
    row("PHONE_NUMBERS_PER_ACCOUNT", Class::Account, QUOTA),
    row("PHONE_NUMBERS_PER_REGISTRATION", Class::Account, QUOTA),
    row("POOLS_PER_ACCOUNT", Class::Account, QUOTA),
    row("RCS_AGENTS_PER_ACCOUNT", Class::Account, QUOTA),
    row(
        "REGISTRATION_ATTACHMENTS_CREATED_PER_DAY",
        Class::Account,
        QUOTA,
    ),
    row(
        "REGISTRATION_ATTACHMENTS_PER_ACCOUNT",
        Class::Account,
        QUOTA,
    ),
    row(
        "REGISTRATION_VERSIONS_CREATED_PER_DAY",
        Class::Account,
        QUOTA,
    ),
    row("REGISTRATIONS_PER_ACCOUNT", Class::Account, QUOTA),
    row("SENDER_IDS_PER_ACCOUNT", Class::Account, QUOTA),
    row("TAGS_PER_RESOURCE", Class::Account, QUOTA),
    row(
        "VERIFIED_DESTINATION_NUMBERS_PER_ACCOUNT",
        Class::Account,
        QUOTA,
    ),
    row("VERIFICATION_ATTEMPTS_PER_DAY", Class::Account, QUOTA),
    row("PROTECT_CONFIGURATIONS_PER_ACCOUNT", Class::Account, QUOTA),
    // Reasons of a ValidationException.
    row("SENDER_ID_NOT_REGISTERED", Class::Sender, SENDER),
    row(
        "SENDER_ID_NOT_SUPPORTED",
        Class::Sender,
        "the country has no sender IDs: use a number",
    ),
    row("SENDER_ID_REQUIRES_REGISTRATION", Class::Sender, SENDER),
    row(
        "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
        Class::Sender,
        SENDER,
    ),
    row("INTERNATIONAL_SENDING_NOT_SUPPORTED", Class::Sender, SENDER),
    row("COUNTRY_CODE_MISMATCH", Class::Sender, SENDER),
    row(
        "INVALID_ARN",
        Class::Sender,
        "an ARN is wrong: check the sender, and the configuration set of the account here",
    ),
    row("COUNTRY_NOT_ENABLED", Class::Sender, COUNTRY),
    row("DESTINATION_COUNTRY_BLOCKED", Class::Sender, COUNTRY),
    row("PRICE_OVER_THRESHOLD", Class::Account, PRICE),
    row(
        "CHANNEL_NOT_ENABLED",
        Class::Account,
        "the channel is not enabled in the AWS account: enable it in the console",
    ),
    row(
        "RESOURCE_NOT_ACCESSIBLE",
        Class::Account,
        "the key may not use the sender, the configuration set or the bucket: give it the right",
    ),
    row("INVALID_PARAMETER", Class::Content, ""),
    row("CANNOT_PARSE", Class::Content, ""),
    row("FIELD_VALIDATION_FAILED", Class::Content, ""),
    row("MAXIMUM_SIZE_EXCEEDED", Class::Content, ""),
    row("MEDIA_TYPE_NOT_SUPPORTED", Class::Content, MEDIA),
    row("ATTACHMENT_TYPE_NOT_SUPPORTED", Class::Content, MEDIA),
    row("INVALID_REQUEST", Class::Content, ""),
    row("MISSING_PARAMETER", Class::Content, ""),
    row("PARAMETERS_CANNOT_BE_USED_TOGETHER", Class::Content, ""),
    row("UNSPECIFIED_PARAMETER_NOT_SUPPORTED", Class::Content, ""),
    row("OTHER", Class::Content, ""),
    row("UNKNOWN_OPERATION", Class::Account, DEFECT),
    row("CANNOT_ADD_OPTED_OUT_NUMBER", Class::Account, MANAGEMENT),
    row("INVALID_FILTER_VALUES", Class::Account, MANAGEMENT),
    row("INVALID_NEXT_TOKEN", Class::Account, MANAGEMENT),
    row(
        "INVALID_REGISTRATION_ASSOCIATION",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "PHONE_NUMBER_CANNOT_BE_OPTED_IN",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "PHONE_NUMBER_CANNOT_BE_RELEASED",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "REQUESTED_SPEND_LIMIT_HIGHER_THAN_SERVICE_LIMIT",
        Class::Account,
        MANAGEMENT,
    ),
    row("TWO_WAY_TOPIC_NOT_PRESENT", Class::Account, MANAGEMENT),
    row("TWO_WAY_NOT_ENABLED", Class::Account, MANAGEMENT),
    row(
        "TWO_WAY_NOT_SUPPORTED_IN_COUNTRY",
        Class::Account,
        MANAGEMENT,
    ),
    row(
        "TWO_WAY_NOT_SUPPORTED_IN_REGION",
        Class::Account,
        MANAGEMENT,
    ),
    row("TWO_WAY_CHANNEL_NOT_PRESENT", Class::Account, MANAGEMENT),
    row("UNKNOWN_REGISTRATION_FIELD", Class::Account, MANAGEMENT),
    row("UNKNOWN_REGISTRATION_SECTION", Class::Account, MANAGEMENT),
    row("UNKNOWN_REGISTRATION_TYPE", Class::Account, MANAGEMENT),
    row("UNKNOWN_REGISTRATION_VERSION", Class::Account, MANAGEMENT),
    row(
        "REGISTRATION_FIELD_CANNOT_BE_DELETED",
        Class::Account,
        MANAGEMENT,
    ),
    row("VERIFICATION_CODE_MISMATCH", Class::Account, MANAGEMENT),
    row("VOICE_CAPABILITY_NOT_AVAILABLE", Class::Account, MANAGEMENT),
    // Codes of SNS alone.
    row("InvalidParameter", Class::Content, ""),
    row("InvalidParameterValue", Class::Content, ""),
    row("ParameterValueInvalid", Class::Content, ""),
    row("UserError", Class::Content, ""),
    row("InvalidParameter.PhoneNumber", Class::Recipient, NUMBER),
    row("InvalidParameter.OriginationNumber", Class::Sender, SENDER),
    row("InvalidParameter.SenderID", Class::Sender, SENDER),
    row("OptedOut", Class::OptedOut, ""),
    row("NotFound", Class::Account, TOPIC),
    row("EndpointDisabled", Class::Account, TOPIC),
    row("PlatformApplicationDisabled", Class::Account, TOPIC),
    row("KMSAccessDenied", Class::Account, TOPIC),
    row("KMSDisabled", Class::Account, TOPIC),
    row("KMSInvalidState", Class::Account, TOPIC),
    row("KMSNotFound", Class::Account, TOPIC),
    row("KMSOptInRequired", Class::Account, TOPIC),
    row("KMSThrottling", Class::Account, TOPIC),
    // Ends that events tell, without TEXT_ and MEDIA_.
    row("INVALID", Class::Recipient, NUMBER),
    row("INVALID_MESSAGE", Class::Content, ""),
    row("SPAM", Class::Content, FILTERED),
    row(
        "UNREACHABLE",
        Class::Transient,
        "the phone is off or out of reach: try again later, or another channel",
    ),
    row("CARRIER_UNREACHABLE", Class::Transient, ""),
    row(
        "BLOCKED",
        Class::Recipient,
        "the phone blocks such messages: use another channel",
    ),
    row("CARRIER_BLOCKED", Class::Content, FILTERED),
    row("PROTECT_BLOCKED", Class::Sender, COUNTRY),
    row("TTL_EXPIRED", Class::Expired, ""),
    row(
        "UNKNOWN",
        Class::Recipient,
        "nobody told AWS what became of the message",
    ),
    row("FILE_INACCESSIBLE", Class::Content, MEDIA),
    row("FILE_TYPE_UNSUPPORTED", Class::Content, MEDIA),
    row("FILE_SIZE_EXCEEDED", Class::Content, MEDIA),
];

const RESPONSE_ROWS: &[ErrorEntry] = &[
    row("Invalid phone number", Class::Recipient, NUMBER),
    row("Phone number is opted out", Class::OptedOut, ""),
    row("Destination is blacklisted", Class::Recipient, ""),
    row("Phone is blacklisted", Class::Recipient, ""),
    row(
        "Phone has blocked SMS",
        Class::Recipient,
        "the phone blocks such messages: use another channel",
    ),
    row(
        "Phone is currently unreachable/unavailable",
        Class::Transient,
        "the phone is off or out of reach: try again later, or another channel",
    ),
    row(
        "Phone carrier is currently unreachable/unavailable",
        Class::Transient,
        "",
    ),
    row("Blocked as spam by phone carrier", Class::Content, FILTERED),
    row(
        "Phone carrier has blocked this message",
        Class::Content,
        FILTERED,
    ),
    row("Message body is invalid", Class::Content, ""),
    row(
        "This delivery would exceed max price",
        Class::Account,
        PRICE,
    ),
    row("No quota left for account", Class::Account, SPEND),
    row(
        "Unknown error attempting to reach phone",
        Class::Recipient,
        "nobody told AWS what became of the message",
    ),
];

const fn row(code: &'static str, class: Class, advice: &'static str) -> ErrorEntry {
    ErrorEntry {
        code,
        class,
        advice,
    }
}
