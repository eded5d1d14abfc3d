using DailyDigest.Calendar;
using DailyDigest.Mailing;
using DailyDigest.Settings;
using DailyDigest.Storage;
using Microsoft.Extensions.Logging;

namespace DailyDigest.Subscribers;

/// <summary>
/// Limits the mails that strangers can request for one mailbox by writing its address in many ways (tags, dots, any name at a domain that
/// takes all). It is asked when a mail is about to be sent, not at the sign-up, so that neither the answer nor its time depends on it.
/// Table Budgets: partition = first hour of the UTC day, row = keyed hash of the folded mailbox or of the domain.
/// </summary>
public sealed partial class MailboxBudget(
    ITableStore tables, AddressHash hash, SignUpOptions options, TimeProvider time, ILogger<MailboxBudget> logger)
{
    private const int MaxTries = 20;
    private readonly Occasionally warnings = new(time, TimeSpan.FromHours(1));

    /// <summary>
    /// Takes one mail from the budgets of mailbox and domain. Returns false if they are used up. The same notice takes once, however often
    /// it is tried.
    /// </summary>
    /// <param name="address">The recipient.</param>
    /// <param name="notice">The key of the notice.</param>
    /// <param name="cancellationToken">Cancels the call; a repetition is safe.</param>
    /// <exception cref="StorageException">The store failed; the mail may be counted or not.</exception>
    public async Task<bool> TakeAsync(EmailAddress address, string notice, CancellationToken cancellationToken)
    {
        // The plain address has a limit of its own: three mails in 24 hours. So a stranger who uses up the budget does not lock its owner
        // out.
        var folded = Mailbox.Fold(address);
        if (options.PerMailboxPerDay > 0 && folded != address.Normalized
            && !await AddAsync(hash.OfMailbox(folded), options.PerMailboxPerDay, notice, cancellationToken))
        {
            return false;
        }

        var domain = Mailbox.Domain(address);
        if (options.PerDomainPerDay == 0 || Mailbox.IsPublic(domain)
            || await AddAsync(hash.OfMailDomain(domain), options.PerDomainPerDay, notice, cancellationToken))
        {
            return true;
        }

        if (warnings.IsDue())
        {
            Log.DomainFull(logger, options.PerDomainPerDay);
        }

        return false;
    }

    // A row names the notices that took from it, by as little of their key as tells them apart, and so fits into a property for 1,000.
    private async Task<bool> AddAsync(string row, int limit, string notice, CancellationToken cancellationToken)
    {
        var partition = Day(time.GetUtcNow());
        var mark = hash.OfNotice(notice);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var known = await tables.GetAsync(Tables.Budgets, partition, row, cancellationToken);
            var taken = (known?.Text("for") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (taken.Contains(mark, StringComparer.Ordinal))
            {
                return true;
            }

            if (taken.Length >= limit)
            {
                return false;
            }

            var next = new TableRow(row) { { "for", string.Join(' ', [.. taken, mark]) } };
            var write = known is null ? TableWrite.Insert(next) : TableWrite.Update(next, known.ETag!);
            if ((await tables.WriteAsync(Tables.Budgets, partition, write, cancellationToken)).IsDone)
            {
                return true;
            }
        }

        return false;
    }

    private static string Day(DateTimeOffset now) => LocalDates.UtcHourText(new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero));

    private static partial class Log
    {
        [LoggerMessage(863, LogLevel.Warning,
            "More than {Limit} confirmations were requested for addresses of one domain today (UTC); further ones are not sent. "
            + "Raise SignUp__PerDomainPerDay if a company or a school signs up. Logged at most once an hour")]
        public static partial void DomainFull(ILogger logger, int limit);
    }
}
