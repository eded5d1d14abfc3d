using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Reporting;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Reporting;

/// <summary>Reports on the readers who did not get a digest, with the reasons.</summary>
public sealed class ReportTests
{
    private readonly DeliveryFixture fixture = new();

    [Fact]
    public async Task States_and_readers_not_taken_up_sum_to_the_audience_at_any_moment()
    {
        const int Readers = 60;
        var ids = await fixture.SubscribeAsync(Readers);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var sums = new List<long>();
        fixture.Relay.Answer = async (mail, _) =>
        {
            var run = (await fixture.RunOfAsync(fixture.Today))!;
            var report = await ReportAsync(run);
            lock (sums)
            {
                sums.Add(report.Counts.Values.Sum() + report.NotTakenUp);
            }

            return mail.To.Value[0] % 3 == 0 ? ScriptedRelay.Later : ScriptedRelay.Ok;
        };
        fixture.Program = fixture.Start();
        await fixture.Program.TickAsync();
        await fixture.Program.Get<Unsubscribe>().ExecuteAsync(ids[5], DeliveryFixture.Cancellation);

        // Another cohort's run has a row of its own in the same ledger.
        var other =
            new DeliveryRow
            {
                SubscriberId = "0123456789abcdef0123456789abcdef",
                Cohort = "daily_03_Etc.UTC",
                State = DeliveryState.Sent,
                At = fixture.Time.GetUtcNow()
            };
        await fixture.Tables.WriteAsync(Tables.Ledger, "2026-03-02~all", TableWrite.Insert(other.ToRow()), DeliveryFixture.Cancellation);
        await fixture.Program.DeliverAsync();

        Assert.NotEmpty(sums);
        Assert.All(sums, sum => Assert.Equal(Readers, sum));
    }

    [Fact]
    public async Task Reasons_are_grouped_without_variable_parts_and_their_number_is_limited()
    {
        await fixture.SubscribeAsync(250);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var number = 0;
        fixture.Relay.AnswerWith(mail => (Interlocked.Increment(ref number) % 2) switch
        {
            0 => new SendResult(SendOutcome.Deferred, $"451 4.7.1 try later, queue id A{number}F at 10.0.0.{number}"),
            _ => new SendResult(SendOutcome.Rejected, "550 5.7.1 " + new string((char)('a' + (number % 26)), 1 + (number / 26)), "policy"),
        });
        await fixture.Program.RunOnceAsync();

        var report = await ReportAsync((await fixture.RunOfAsync(fixture.Today))!);
        Assert.Equal(125, Assert.Single(report.Reasons, one => one.State == DeliveryState.Deferred).Count);
        Assert.Equal("451 4.7.1 try later, queue id … at …", report.Reasons.Single(one => one.State == DeliveryState.Deferred).Why);
        Assert.Equal(250, report.Reasons.Sum(one => one.Count));
        Assert.InRange(report.Reasons.Count, 10, ReasonCounts.MaxGroups + 10);
        Assert.Contains(report.Reasons, one => one.Why == "550 5.7.1: other replies");
    }

    [Theory]
    [InlineData("reported later: 550 5.1.1 no such user A17", "reported later: 550 5.1.1 no such user …")]
    [InlineData("sender refused: 554 5.7.1 <x1@a>: no", "sender refused: 554 5.7.1 … no")]
    [InlineData("550 #5.1.0 Address rejected", "550 #5.1.0 Address rejected")]
    [InlineData("550-5.7.26 not authenticated, see 1234", "550-5.7.26 not authenticated, see …")]
    [InlineData("host mx1 said: 451 (4.7.1) wait 300 seconds", "host … said: 451 (4.7.1) wait … seconds")]
    [InlineData("421 too many from 10.2.3.4 at 12:30:01", "421 too many from … at …")]
    [InlineData("login: 454 not now", "login: 454 not now")]
    [InlineData("4.2.2.1 5.1 999 x", "… … … x")]
    public void The_codes_of_a_reply_are_kept_wherever_they_stand(string reply, string kind) =>
        Assert.Equal(kind, Assert.Single(Counted(reply)).Why);

    [Fact]
    public void A_reply_that_is_too_long_loses_its_end_and_not_its_codes()
    {
        var long1 = string.Join(' ', Enumerable.Repeat("words", 40));
        Assert.StartsWith("550 5.1.1 words words ", Assert.Single(Counted("550 5.1.1 " + long1)).Why, StringComparison.Ordinal);
        Assert.StartsWith("550 5.1.1 … words words ", Assert.Single(Counted(long1 + ": 550 5.1.1 no")).Why, StringComparison.Ordinal);
        Assert.Equal("550 5.1.1 …", Assert.Single(Counted("550 5.1.1 " + new string('x', 500))).Why);
        Assert.InRange(Assert.Single(Counted(new string('x', 500))).Why.Length, 100, 140);
    }

    [Fact]
    public void A_relay_that_makes_up_codes_does_not_make_endless_kinds()
    {
        var made =
            Counted(
                [.. Enumerable.Range(0, 20_000)
                    .Select(number => $"5{number % 100:d2} 5.{number % 999}.{number / 999} {(char)('a' + (number % 26))}")]);
        Assert.Equal(20_000, made.Sum(one => one.Count));
        Assert.InRange(made.Count, ReasonCounts.MaxGroups, (2 * ReasonCounts.MaxGroups) + 1);
    }

    private static IReadOnlyList<ReasonCount> Counted(params string[] replies)
    {
        var counts = new ReasonCounts();
        foreach (var reply in replies)
        {
            counts.Add(
                new DeliveryRow
                {
                    SubscriberId = "0",
                    Cohort = "c",
                    State = DeliveryState.Deferred,
                    At = DateTimeOffset.UnixEpoch,
                    Reply = reply
                });
        }

        return counts.List();
    }

    [Fact]
    public async Task A_part_is_shown_with_its_trouble_its_next_try_and_whose_hands_it_is_in()
    {
        await fixture.SubscribeAsync(3);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Refusal);
        await fixture.Program.RunOnceAsync();
        var run = (await fixture.RunOfAsync(fixture.Today))!;
        var part = Assert.Single((await ReportAsync(run)).OpenParts);
        Assert.Equal((Part.Whole, (string?)null, ScriptedRelay.Refusal.Reply), (part.Slice, part.Owner, part.Trouble));
        Assert.Equal(fixture.Time.GetUtcNow().AddMinutes(1), part.NextTry);

        await fixture.SteerAsync(control => control with { Owner = "elsewhere:4711:2:3", Paused = true });
        part = Assert.Single((await ReportAsync(run)).OpenParts);
        Assert.Equal(("process 4711 of another machine", false, true, fixture.Time.GetUtcNow()),
            (part.Owner, part.OwnerIsGone, part.Paused, part.Since));
        await fixture.SteerAsync(control => control with { Owner = "hostile\u001b[2J" });
        Assert.Equal("an unknown process", Assert.Single((await ReportAsync(run)).OpenParts).Owner);
    }

    [Theory]
    [InlineData("1000")]
    [InlineData("1")]
    public async Task The_list_can_be_read_on_from_any_reader(string sliceFrom)
    {
        var own = new DeliveryFixture(("Delivery:SliceFrom", sliceFrom));
        var ids = await own.SubscribeAsync(50);
        await own.PublishAsync();
        own.GoTo(2, 7);
        own.Relay.AnswerWith(mail => ScriptedRelay.Never with { Reply = "550 5.1.1 no " + mail.To.Value[..12] });
        await own.Program.RunOnceAsync();
        var run = (await own.RunOfAsync(own.Today))!;
        var sorted = ids.Order(StringComparer.Ordinal).ToList();
        foreach (var after in (int[])[0, 20, 49])
        {
            var listed = new List<string>();
            await foreach (var row in own.Program.Get<ReportRun>().NotSentAsync(run, DeliveryFixture.Cancellation, sorted[after]))
            {
                listed.Add(row.SubscriberId);
            }

            Assert.Equal(sorted.Skip(after + 1), listed);
        }
    }

    [Fact]
    public async Task Exported_replies_are_no_formulas_and_break_no_line()
    {
        await fixture.SubscribeAsync(1);
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        fixture.Relay.AnswerWith(_ => new SendResult(SendOutcome.Rejected, "=HYPERLINK(\"http://evil\")\r\n\u001b[2J,\"x", "=cmd"));
        await fixture.Program.RunOnceAsync();

        using var csv = new MemoryStream();
        Assert.Equal(1, await fixture.Program.Get<ExportNotSent>()
            .ExecuteAsync(csv, [(await fixture.RunOfAsync(fixture.Today))!], DeliveryFixture.Cancellation));
        var lines = Encoding.UTF8.GetString(csv.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("date,cohort,id,address,state,reason,reply,attempts,at,next_try", lines[0], StringComparison.Ordinal);
        Assert.Contains("'=cmd", lines[1], StringComparison.Ordinal);
        Assert.Contains("'=HYPERLINK", lines[1], StringComparison.Ordinal);
        Assert.DoesNotMatch("(^|,)\"?[=+@-]", lines[1]);
        Assert.DoesNotContain(lines[1].TrimEnd('\r'), char.IsControl);
    }

    [Fact]
    public async Task One_readers_days_are_told_delivered_or_not()
    {
        var early = await fixture.SubscribeAsync();
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();
        fixture.GoTo(3, 7);
        await fixture.Program.RunOnceAsync();
        var days = await fixture.Program.Get<TraceReader>()
            .ExecuteAsync(early, new DateOnly(2026, 3, 1), new DateOnly(2026, 3, 4), DeliveryFixture.Cancellation);

        Assert.Equal([1, 2, 3, 4], days.Select(day => day.Date.Day));
        Assert.Equal((null, null), (days[0].Cohort, days[0].Delivery));
        Assert.Equal(DeliveryState.Sent, days[1].Delivery!.State);
        Assert.Equal((null, RunState.Skipped), (days[2].Delivery, days[2].Run!.State));
        Assert.Equal((null, new DateTimeOffset(2026, 3, 4, 7, 0, 0, TimeSpan.Zero)), (days[3].Run, days[3].Due));
        Assert.All(
            await fixture.Program.Get<TraceReader>()
                .ExecuteAsync(new string('0', 32), fixture.Today, fixture.Today, DeliveryFixture.Cancellation),
            day => Assert.Null(day.Cohort));
    }

    private Task<RunReport> ReportAsync(Run run) => fixture.Program.Get<ReportRun>().OfAsync(run, DeliveryFixture.Cancellation);
}
