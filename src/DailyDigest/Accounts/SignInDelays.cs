using DailyDigest.Calendar;
using DailyDigest.Storage;

namespace DailyDigest.Accounts;

/// <summary>
/// Delays the next try after wrong passwords and codes, for all machines together: of an account, and of a network. The delay doubles with
/// each wrong try. That of an account's password stays below a minute, so that a stranger cannot lock its owner out for long. Codes come
/// after the right password, and have six digits only: their delay grows to an hour. Table Budgets, whose rows end after days: partition =
/// first hour of the UTC day.
/// </summary>
public sealed class SignInDelays(ITableStore tables, TimeProvider time)
{
    /// <summary>Tries without a delay.</summary>
    public const int Free = 5;

    private const int MaxTries = 20;
    private static readonly TimeSpan MaxOfAccount = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxOfCodes = TimeSpan.FromHours(1);
    private static readonly TimeSpan MaxOfNetwork = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Counts a try before the password is checked, so that tries at the same time count too. Returns how long to wait; zero if the
    /// password may be checked.
    /// </summary>
    public async Task<TimeSpan> BeginAsync(string accountId, string? network, CancellationToken cancellationToken)
    {
        var wait = await CountAsync(OfAccount(accountId), Free, MaxOfAccount, cancellationToken);
        return wait > TimeSpan.Zero || network is null ? wait
            // Several people may share a network.
            : await CountAsync(OfNetwork(network), 4 * Free, MaxOfNetwork, cancellationToken);
    }

    /// <summary>The same before a one-time code or a recovery code is checked.</summary>
    public async Task<TimeSpan> BeginCodeAsync(string accountId, string? network, CancellationToken cancellationToken)
    {
        var wait = await CountAsync(OfCodes(accountId), Free, MaxOfCodes, cancellationToken);
        return wait > TimeSpan.Zero || network is null ? wait
            : await CountAsync(OfNetwork(network), 4 * Free, MaxOfNetwork, cancellationToken);
    }

    /// <summary>After a right code.</summary>
    public Task EndCodeAsync(string accountId, string? network, CancellationToken cancellationToken) =>
        ForgetAsync(OfCodes(accountId), network, cancellationToken);

    /// <summary>After a right password: forgets the tries of the account, and does not count this one for the network.</summary>
    public Task EndAsync(string accountId, string? network, CancellationToken cancellationToken) =>
        ForgetAsync(OfAccount(accountId), network, cancellationToken);

    private async Task ForgetAsync(string key, string? network, CancellationToken cancellationToken)
    {
        await tables.WriteAsync(Tables.Budgets, Partition(), TableWrite.Delete(key), cancellationToken);
        for (var tries = 0; tries < MaxTries && network is not null; tries++)
        {
            if (await tables.GetAsync(Tables.Budgets, Partition(), OfNetwork(network), cancellationToken) is not { } row)
            {
                return;
            }

            var next = new TableRow(row.Key) { { "count", Math.Max(0, row.Count("count") - 1) }, { "until", time.GetUtcNow() } };
            if ((await tables.WriteAsync(Tables.Budgets, Partition(), TableWrite.Update(next, row.ETag!), cancellationToken)).IsDone)
            {
                return;
            }
        }
    }

    private async Task<TimeSpan> CountAsync(string key, int free, TimeSpan most, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var now = time.GetUtcNow();
            var row = await tables.GetAsync(Tables.Budgets, Partition(), key, cancellationToken);
            if (row?.Instant("until") is { } until && until > now)
            {
                return until - now;
            }

            var count = Math.Clamp(row?.Count("count") ?? 0, 0, 1_000) + 1;
            var delay = count < free ? TimeSpan.Zero
                : TimeSpan.FromSeconds(Math.Min(most.TotalSeconds, Math.Pow(2, Math.Min(count - free, 20))));
            var next = new TableRow(key) { { "count", count }, { "until", now + delay } };
            var write = row is null ? TableWrite.Insert(next) : TableWrite.Update(next, row.ETag!);
            if ((await tables.WriteAsync(Tables.Budgets, Partition(), write, cancellationToken)).IsDone)
            {
                return TimeSpan.Zero;
            }
        }

        return TimeSpan.FromSeconds(1);
    }

    private string Partition() => LocalDates.UtcHourText(new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero));

    private static string OfAccount(string id) => "desk-account-" + id;

    private static string OfCodes(string id) => "desk-codes-" + id;

    private static string OfNetwork(string network) => "desk-network-" + network;
}
