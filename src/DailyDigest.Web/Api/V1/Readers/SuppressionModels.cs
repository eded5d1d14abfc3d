using System.ComponentModel;
using DailyDigest.Calendar;
using DailyDigest.Subscribers;

namespace DailyDigest.Web;

[Description("An entry of the suppression list: an address that gets no mail, or a hash of one.")]
internal sealed record ApiSuppression(
    [property: Description("64 hexadecimal digits: a keyed hash, which means nothing elsewhere.")] string Id,
    [property: Description("Why no mail is sent.")] Suppression Reason,
    [property: Description("Since when.")] DateTimeOffset Since,
    [property: Description("The list that brought it.")] string? Source,
    [property: Description("The id of the reader who has the address.")] string? Reader,
    [property: Description("SHA-256 of the address in lower case, if it is known.")] string? Sha256,
    [property: Description("MD5 of the address in lower case, if a list brought it.")] string? Md5)
{
    public static ApiSuppression Of(ListedSuppression one) => new(
        one.Entry.Key, one.Entry.Reason, one.Entry.Since, one.Entry.Source, one.Person?.Id,
        one.Digest is { Kind: AddressDigest.Sha256 } sha256 ? sha256.Hex : null,
        one.Digest is { Kind: AddressDigest.Md5 } md5 ? md5.Hex : null);
}

[Description("A suppression list from elsewhere.")]
internal sealed record ApiImportSuppressions
{
    [Description("CSV with a header line: email, sha256 or md5; optional reason, date, source. At most 10,000 lines and 2 MB.")]
    public required string Csv { get; init; }

    [Description("The name of the list.")]
    public required string Source { get; init; }

    [Description("The reason of rows without one; unsubscribed if it is left out.")]
    public ApiSuppressReason? Reason { get; init; }

    [Description("The order of day and month in dates such as 3/4/2026.")]
    public DayMonth? Dates { get; init; }

    [Description("True: say what an import would do, and store nothing.")]
    public bool Trial { get; init; }
}

[Description("What became of the import of a suppression list, or what would.")]
internal sealed record ApiSuppressionImport(
    [property: Description("True if nothing was stored.")] bool IsTrial,
    [property: Description("Rows that were read.")] int Rows,
    [property: Description("Entries that are new or have a stronger reason.")] int Added,
    [property: Description("Rows whose entry was on the list before.")] int Known,
    [property: Description("Subscriptions that ended. A trial does not count those of hashes.")] int Ended,
    [property: Description("Rows whose reader confirmed a subscription after the date of the row.")] int Newer,
    [property: Description("Rows that are not understood.")] int Refused,
    [property: Description("The mailing service whose export the list is.")] string? Service,
    [property: Description("Rows of such an export whose reader has not left.")] int NotLeft,
    [property: Description("Why the list was not read to its end.")] string? Fault,
    [property: Description("The first 100 refused lines.")] IReadOnlyList<ApiRefusedLine> Lines);
