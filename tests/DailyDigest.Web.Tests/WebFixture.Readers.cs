using System.Globalization;
using DailyDigest.Calendar;
using DailyDigest.Runs;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Web.Tests;

/// <content>Readers with a history, for the pages of the desk.</content>
public sealed partial class WebFixture
{
    /// <summary>Text that would be markup if a page did not encode it.</summary>
    public const string Markup = "<img src=x onerror=alert(1)>";

    /// <summary>The version that a form of the reader's page carries.</summary>
    public async Task<string> VersionAsync(string id) =>
        (await Get<SubscriberStore>().GetAsync(id, CancellationToken.None))!.Subscriber.Version.ToString(CultureInfo.InvariantCulture);

    /// <summary>Stores what became of the reader's digest on the date.</summary>
    public async Task DeliveredAsync(Subscriber person, DateOnly date, DeliveryState state, string? reply, string? reason = null)
    {
        var slices = await Get<RunStore>().SlicesAsync(date, 1, CancellationToken.None);
        var row = new DeliveryRow
        {
            SubscriberId = person.Id,
            Cohort = person.Cohort.Key,
            State = state,
            Attempts = 1,
            Reply = reply,
            Reason = reason,
            At = Time.GetUtcNow(),
        };
        await Get<ITableStore>().WriteAsync(
            Tables.Ledger, Part.LedgerPartition(date, Part.SliceOf(person.Id, slices)), TableWrite.Insert(row.ToRow()),
            CancellationToken.None);
    }

    /// <summary>An examination that finds the text. The text <c>slow</c>: it then waits for longer than a page may.</summary>
    private static ExamineProgram Doctor(string text, FakeTimeProvider time) => async (found, stop) =>
    {
        found(new ExaminedPart("storage", "probe", ExaminedResult.Failed, text));
        if (text == "slow")
        {
            var never = Task.Delay(Timeout.InfiniteTimeSpan, stop);
            time.Advance(TimeSpan.FromSeconds(20));
            await never;
        }
    };

    /// <summary>A reader whose fields all hold markup, as a list or a relay could bring it.</summary>
    public async Task<Subscriber> HostileReaderAsync()
    {
        var person = await SubscribedAsync("o'hara&co@example.com");
        var stored = (await Get<SubscriberStore>().GetAsync(person.Id, CancellationToken.None))!;
        var hostile = stored.Subscriber with
        {
            Sections = [Markup],
            Consent = stored.Subscriber.Consent with { Source = "import: " + Markup, Wording = Markup },
            LeftFor = Markup,
            NewAddress = new NewAddress(Markup, Time.GetUtcNow()),
        };
        await Get<SubscriberStore>().UpdateAsync(stored, hostile, CancellationToken.None);
        await DeliveredAsync(person, new DateOnly(2026, 3, 1), DeliveryState.Rejected, "550 " + Markup, Markup);
        return hostile;
    }
}
