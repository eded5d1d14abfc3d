using static DailyDigest.Subscribers.Suppression;

namespace DailyDigest.Subscribers;

/// <summary>
/// The exports of mailing services, from their documentation and sources: TryGhost/Ghost (members-csv), TryGhost/migrate (Mailchimp,
/// Substack), knadh/listmonk (cmd/subscribers.go), buttondown/docs (data-exports-subscriber), mailpoet/mailpoet (ImportExportFactory).
/// </summary>
internal static class ServiceExports
{
    // Each kind of contact is a file. Only a file of subscribed people, and one of a segment, has LAST_CHANGED.
    private static readonly ServiceExport Mailchimp = new("Mailchimp")
    {
        Signatures = [["MEMBER_RATING", "LEID"], ["LEID", "EUID"], ["OPTIN_TIME", "CONFIRM_TIME", "EUID"]],
        Columns =
        [
            Is(ColumnMeaning.Email, "Email Address"),
            Is(ColumnMeaning.ConsentDate, "CONFIRM_TIME"), Is(ColumnMeaning.ConsentDate, "OPTIN_TIME"),
            Is(ColumnMeaning.Zone, "TIMEZONE"), Is(ColumnMeaning.Sections, "TAGS"),
            LeftAt("UNSUB_TIME", Unsubscribed),
            Left("UNSUB_REASON", Unsubscribed) with { IsReason = true },
            Left("UNSUB_REASON_OTHER", Unsubscribed), Left("UNSUB_CAMPAIGN_TITLE", Unsubscribed), Left("UNSUB_CAMPAIGN_ID", Unsubscribed),
            LeftAt("CLEAN_TIME", Bounced), Left("CLEAN_CAMPAIGN_TITLE", Bounced), Left("CLEAN_CAMPAIGN_ID", Bounced),
            .. Unused("MEMBER_RATING", "OPTIN_IP", "CONFIRM_IP", "LATITUDE", "LONGITUDE", "GMTOFF", "DSTOFF", "CC", "REGION",
                "LAST_CHANGED", "LEID", "EUID", "NOTES", "EMAIL_TYPE"),
        ],
        Needs =
        [
            (["UNSUB_REASON", "UNSUB_REASON_OTHER", "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID"], ["UNSUB_TIME"]),
            (["CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID"], ["CLEAN_TIME"]),
        ],
        Living = "LAST_CHANGED",
        NeverSubscribed = ["nonsubscribed_", "sms_only_"],
        Notes = [("GMTOFF", ListNote.OffsetsAreNoZones)],
    };

    // active_subscription is about paying: a free reader has false. The file of paying readers has no dates.
    private static readonly ServiceExport Substack = new("Substack")
    {
        Signatures =
        [
            ["active_subscription", "expiry"], ["active_subscription", "first_payment_at"], ["stripe_connected_customer_id", "expiry"],
        ],
        Columns =
        [
            Is(ColumnMeaning.Email, "email"), Is(ColumnMeaning.ConsentDate, "created_at"), Left("email_disabled", Unsubscribed),
            .. Unused("active_subscription", "expiry", "plan", "first_payment_at", "stripe_connected_customer_id", "type"),
        ],
        Needs = [([], ["email_disabled"])],
    };

    private static readonly ServiceExport Ghost = new("Ghost")
    {
        Signatures = [["complimentary_plan", "stripe_customer_id"], ["subscribed_to_emails", "complimentary_plan"]],
        Columns =
        [
            Is(ColumnMeaning.Email, "email"), Is(ColumnMeaning.ConsentDate, "created_at"),
            Is(ColumnMeaning.Sections, "labels"),
            new("subscribed_to_emails", ColumnMeaning.State) { Departure = Departure.Subscribed },
            LeftAt("deleted_at", Unsubscribed),
            .. Unused("id", "name", "note", "complimentary_plan", "stripe_customer_id", "tiers", "products", "gift_id"),
        ],
        Needs = [([], ["subscribed_to_emails"])],
    };

    // The status is that of the person: enabled, also after unsubscribing from a list.
    private static readonly ServiceExport Listmonk = new("listmonk")
    {
        Signatures = [["uuid", "attributes", "created_at"], ["uuid", "attributes", "updated_at"]],
        Columns =
        [
            Is(ColumnMeaning.Email, "email"), Is(ColumnMeaning.ConsentDate, "created_at"), Status("status"),
            .. Unused("uuid", "name", "attributes", "updated_at"),
        ],
        Active = ["enabled"],
        Gone = [new("disabled", Unsubscribed), new("blocklisted", Blocked)],
        Needs = [([], ["status"])],
        Notes = [(null, ListNote.ListsAreNotIn)],
    };

    // Paused and churning readers pay no longer, or soon, and are still subscribed. A bounce may be one of a mailbox that was full.
    private static readonly ServiceExport Buttondown = new("Buttondown")
    {
        Signatures =
        [
            ["creation_date", "secondary_id"], ["creation_date", "subscriber_type"], ["creation_date", "unsubscription_date"],
            ["subscription_date", "unsubscription_date", "referrer_url"],
        ],
        Columns =
        [
            Is(ColumnMeaning.Email, "email_address"), Is(ColumnMeaning.Email, "email"),
            Is(ColumnMeaning.ConsentDate, "subscription_date"), Is(ColumnMeaning.ConsentDate, "creation_date"),
            Is(ColumnMeaning.Sections, "tags"), Status("subscriber_type"), Status("type"),
            LeftAt("unsubscription_date", Unsubscribed), Left("unsubscription_reason", Unsubscribed),
            LeftAt("undeliverability_date", Bounced), Left("undeliverability_reason", Bounced),
            .. Unused("id", "secondary_id", "notes", "metadata", "source", "referrer_url", "referral_code", "ip_address", "avatar_url",
                "utm_source", "utm_medium", "utm_campaign", "upgrade_date", "churn_date", "bounce_date", "bounce_reason", "risk_score",
                "last_open_date", "last_click_date", "open_rate", "click_rate", "transitions", "email_transitions", "firewall_reasons",
                "subscriber_import_id", "stripe_customer_id", "stripe_customer", "stripe_coupon", "purchased_by", "purchased_message",
                "gift_subscription_message"),
        ],
        Active = ["regular", "premium", "gifted", "trialed", "churning", "paused"],
        Gone =
        [
            new("unactivated", null), new("unpaid", null), new("churned", null), new("past_due", null), new("upcoming", null),
            new("unsubscribed", Unsubscribed), new("removed", Unsubscribed), new("disabled", Unsubscribed), new("undeliverable", Bounced),
            new("complained", Complained), new("spammy", Blocked), new("blocked", Blocked),
        ],
        Needs = [([], ["subscriber_type", "type"])],
    };

    // A row for each list of a reader. The status of the list is empty in a file of a segment.
    private static readonly ServiceExport MailPoet = new("MailPoet")
    {
        Signatures =
        [
            ["List", "Global status"], ["List", "List status", "Subscription time"], ["List", "List status", "Confirmation time"],
            ["List", "Subscription time", "Subscription IP"], ["List", "Confirmation time", "Confirmation IP"],
        ],
        Columns =
        [
            Is(ColumnMeaning.Email, "Email"), Is(ColumnMeaning.Sections, "List"),
            Is(ColumnMeaning.ConsentDate, "Confirmation time"), Is(ColumnMeaning.ConsentDate, "Subscription time"),
            Status("Global status"), Status("List status") with { IsOfList = true },
            .. Unused("First name", "Last name", "Subscription IP", "Confirmation IP"),
        ],
        Active = ["subscribed"],
        Gone = [new("unconfirmed", null), new("inactive", null), new("unsubscribed", Unsubscribed), new("bounced", Bounced)],
        Needs = [([], ["Global status"])],
        HasRowForEachList = true,
        Notes = [(null, ListNote.RowForEachList)],
    };

    /// <summary>Every service that is recognised.</summary>
    public static readonly IReadOnlyList<ServiceExport> All = [Mailchimp, Substack, Ghost, Listmonk, Buttondown, MailPoet];

    private static ServiceColumn Is(ColumnMeaning meaning, string name) => new(name, meaning);

    private static ServiceColumn Status(string name) => new(name, ColumnMeaning.State) { Departure = Departure.Status };

    private static ServiceColumn Left(string name, Suppression reason) =>
        new(name, ColumnMeaning.State) { Departure = Departure.Left, Reason = reason };

    private static ServiceColumn LeftAt(string name, Suppression reason) => Left(name, reason) with { IsDate = true };

    private static IEnumerable<ServiceColumn> Unused(params string[] names) => names.Select(name => Is(ColumnMeaning.NotUsed, name));
}
