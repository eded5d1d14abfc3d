using System.Globalization;
using System.Security.Cryptography;
using DailyDigest.Storage;

namespace DailyDigest.Accounts;

/// <summary>A person or program that changes something.</summary>
/// <param name="Id">The account's id; <c>command</c> for the command line, <c>key</c> for an API key.</param>
/// <param name="Name">The account's or the key's name.</param>
public sealed record Actor(string Id, string Name)
{
    /// <summary>The command line.</summary>
    public static Actor CommandLine { get; } = new("command", "command line");

    /// <summary>A person of the desk.</summary>
    public static Actor Of(Account account) => new(account.Id, account.Name);

    /// <summary>A program with an API key.</summary>
    public static Actor Key(string name) => new("key", name);
}

/// <summary>A change.</summary>
/// <param name="Key">Its row; later changes have lower keys.</param>
/// <param name="At">The instant.</param>
/// <param name="Actor">The person or program.</param>
/// <param name="Verb">The verb as <c>subject.verb</c>, such as <c>feed.add</c>.</param>
/// <param name="Subject">The id of what was changed. Never an address.</param>
/// <param name="Before">In words or JSON, or null for nothing.</param>
/// <param name="After">In words or JSON, or null for nothing.</param>
public sealed record AuditEntry(
    string Key, DateTimeOffset At, Actor Actor, string Verb, string Subject, string? Before, string? After);

/// <summary>Some changes, newest first.</summary>
/// <param name="Entries">The changes.</param>
/// <param name="Next">The position at which the next page begins; null if there is none.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, string? Next);

/// <summary>
/// The record of changes. Table Audit: partition = UTC month, and once more <c>of-</c> and the subject; row = a number that falls with time
/// and a random part. So the newest rows come first, and a page reads only the rows that it shows.
/// </summary>
public sealed class AuditLog(ITableStore tables, TimeProvider time)
{
    /// <summary>Months after which the purge deletes a change.</summary>
    public const int KeptMonths = 24;

    private const int MaxText = 2_000;

    // The month that has begun, and those before it.
    private const int MaxMonths = KeptMonths + 1;

    // A filter may match few rows: a page looks at this many and then offers the next.
    private const int MaxLooked = 500;

    /// <summary>Writes a change. Call it after the change was stored; it is never part of its transaction.</summary>
    /// <param name="actor">The person or program.</param>
    /// <param name="verb"><c>subject.verb</c>, such as <c>feed.add</c>.</param>
    /// <param name="subject">An id. Never an address: use the subscriber's id.</param>
    /// <param name="before">In words or JSON; null for nothing.</param>
    /// <param name="after">In words or JSON; null for nothing.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task WriteAsync(
        Actor actor, string verb, string subject, string? before, string? after, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var key = string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTimeOffset.MaxValue.UtcTicks - now.UtcTicks:D19}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");
        var row = new TableRow(key)
        {
            { "at", now }, { "who", actor.Id }, { "name", actor.Name }, { "verb", verb }, { "subject", subject }, { "before", Cut(before) },
            { "after", Cut(after) },
        };
        await tables.WriteAsync(Tables.Audit, Month(now), TableWrite.Insert(row), cancellationToken);
        if (Of(subject) is { } partition)
        {
            await tables.WriteAsync(Tables.Audit, partition, TableWrite.Insert(row), cancellationToken);
        }
    }

    /// <summary>The newest changes of one subject, newest first.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ListOfAsync(string subject, int take, CancellationToken cancellationToken) =>
        Of(subject) is { } partition
            ? [.. (await tables.QueryAsync(Tables.Audit, partition, RowRange.All, take, cancellationToken)).Select(From)] : [];

    /// <summary>Some changes, newest first.</summary>
    /// <param name="who">Only those of this actor id; null for all.</param>
    /// <param name="verb">Only those whose verb begins so; null for all.</param>
    /// <param name="after">The <see cref="AuditPage.Next"/> of the page before; null for the first.</param>
    /// <param name="take">How many.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<AuditPage> ListAsync(string? who, string? verb, string? after, int take, CancellationToken cancellationToken)
    {
        var found = new List<AuditEntry>();
        var (month, row) = Cursor(after) ?? (time.GetUtcNow(), null);
        for (int months = 0, looked = 0; months < MaxMonths; months++, row = null, month = Before(month))
        {
            await foreach (var one in tables.ScanAsync(
                Tables.Audit, Month(month), new RowRange(After: row), cancellationToken, page: 100))
            {
                var entry = From(one);
                if ((who is null || entry.Actor.Id == who)
                    && (verb is null || entry.Verb.StartsWith(verb, StringComparison.OrdinalIgnoreCase)))
                {
                    found.Add(entry);
                }

                if (found.Count == take || ++looked == MaxLooked)
                {
                    return new AuditPage(found, $"{Month(month)}_{one.Key}");
                }
            }
        }

        return new AuditPage(found, null);
    }

    // The same rows once more: a page of one reader or one feed must not read those of all.
    internal static string? Of(string subject) => TableRules.IsKey("of-" + subject) ? "of-" + subject : null;

    private static AuditEntry From(TableRow row) => new(
        row.Key, row.Instant("at") ?? default, new Actor(row.Text("who") ?? "", row.Text("name") ?? ""), row.Text("verb") ?? "",
        row.Text("subject") ?? "", row.Text("before"), row.Text("after"));

    private static (DateTimeOffset Month, string? Row)? Cursor(string? text) =>
        text?.Split('_', 2) is [var month, var row] && TableRules.IsKey(row)
            && DateTimeOffset.TryParseExact(
                month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var at)
            ? (at, row) : null;

    private static DateTimeOffset Before(DateTimeOffset month) =>
        new DateTimeOffset(month.Year, month.Month, 1, 0, 0, 0, TimeSpan.Zero).AddDays(-1);

    private static string Month(DateTimeOffset at) => Month(DateOnly.FromDateTime(at.UtcDateTime));

    /// <summary>The partition of a month, by any of its days.</summary>
    internal static string Month(DateOnly day) => day.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    private static string? Cut(string? text) => text is { Length: > MaxText } ? text[..MaxText] + "…" : text;
}
