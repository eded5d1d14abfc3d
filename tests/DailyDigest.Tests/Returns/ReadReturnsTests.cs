using DailyDigest.Figures;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace DailyDigest.Tests.Returns;

/// <summary>Readings of the mailbox: what becomes of its messages, and of trouble at any step.</summary>
public sealed partial class ReadReturnsTests
{
    private readonly DeliveryFixture fixture = new();
    private readonly MemoryMailbox mailbox = new();

    private static CancellationToken Stop => DeliveryFixture.Cancellation;

    [Fact]
    public async Task Each_message_is_settled_and_removed_or_left_for_a_person()
    {
        var id = await SentAsync(fixture);
        mailbox.Deliver(Bounce(fixture, id));
        mailbox.Deliver(new ReturnedMail(ReturnKind.AutoReply));
        mailbox.Deliver(Bounce(fixture, id) with { Candidates = [new ReturnCandidate(ReturnProof.Token, new string('a', 48), null)] });
        var letter = mailbox.Deliver(new ReturnedMail(ReturnKind.Other));
        var reader = Reader(fixture, mailbox);

        var report = await reader.ExecuteAsync(evenEarly: false, Stop);
        Assert.Equal(
            [(ReturnResult.Done, 1), (ReturnResult.Unproven, 1), (ReturnResult.Counted, 1), (ReturnResult.Unknown, 1)],
            report.Results.OrderBy(one => one.Key).Select(one => (one.Key, one.Value)));
        Assert.Equal((ReadingOutcome.Read, 1, false), (report.Outcome, report.SetAside, report.HasMore));
        Assert.Equal([letter], mailbox.Keys);
        Assert.Equal(DeliveryState.Rejected, fixture.Delivery(id).State);
        Assert.Equal(SubscriberStatus.Bounced, await StatusAsync(fixture, id));

        fixture.Advance(mailbox.Interval);
        Assert.Empty((await reader.ExecuteAsync(evenEarly: false, Stop)).Results);
        Assert.Equal(4, mailbox.Reads);
    }

    [Fact]
    public async Task A_message_whose_beginning_is_not_enough_is_fetched_once_more_and_settled_once()
    {
        var id = await SentAsync(fixture);
        mailbox.NeedMore.Add(mailbox.Deliver(Bounce(fixture, id)));
        mailbox.Deliver(new ReturnedMail(ReturnKind.AutoReply));

        var report = await Reader(fixture, mailbox).ExecuteAsync(evenEarly: false, Stop);
        Assert.Equal(2, report.Results.Values.Sum());
        Assert.Equal((3, 0), (mailbox.Reads, mailbox.Keys.Count));
        Assert.Equal(["autoreply 1", "bounced 1"], await CountsAsync(fixture));
        Assert.Equal(DeliveryState.Rejected, fixture.Delivery(id).State);
    }

    [Fact]
    public async Task A_reading_is_due_after_the_interval_and_at_once_when_asked_for()
    {
        var (first, second) = (Reader(fixture, mailbox), Reader(fixture, mailbox));
        Assert.Equal(ReadingOutcome.Read, (await first.ExecuteAsync(evenEarly: false, Stop)).Outcome);
        fixture.Advance(mailbox.Interval - TimeSpan.FromSeconds(1));
        Assert.Equal(ReadingOutcome.NotNow, (await second.ExecuteAsync(evenEarly: false, Stop)).Outcome);
        Assert.Equal(ReadingOutcome.Read, (await second.ExecuteAsync(evenEarly: true, Stop)).Outcome);
        fixture.Advance(mailbox.Interval);
        Assert.Equal(ReadingOutcome.Read, (await second.ExecuteAsync(evenEarly: false, Stop)).Outcome);
        Assert.Equal(ReadingOutcome.NoMailbox, (await Reader(fixture, null).ExecuteAsync(evenEarly: true, Stop)).Outcome);
    }

    [Fact]
    public async Task While_one_program_reads_another_does_not_and_a_dead_ones_lease_ends()
    {
        ReadingReport? other = null;
        var (first, second) = (Reader(fixture, mailbox), Reader(fixture, mailbox));
        mailbox.Before = async (step, _) => other ??= await second.ExecuteAsync(evenEarly: true, Stop);
        await first.ExecuteAsync(evenEarly: false, Stop);
        Assert.Equal(ReadingOutcome.NotNow, other?.Outcome);

        // Killed: nothing releases the lease.
        var taken = await fixture.Program.Get<MailboxStates>().TakeAsync(mailbox.Id, evenEarly: true, Stop);
        Assert.NotNull(taken);
        Assert.Equal(ReadingOutcome.NotNow, (await second.ExecuteAsync(evenEarly: true, Stop)).Outcome);
        fixture.Advance(MailboxStates.Lease + TimeSpan.FromSeconds(1));
        Assert.Equal(ReadingOutcome.Read, (await second.ExecuteAsync(evenEarly: true, Stop)).Outcome);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_does_not_stop_the_readings()
    {
        await Reader(fixture, mailbox).ExecuteAsync(evenEarly: false, Stop);
        fixture.Clock.Offset = -TimeSpan.FromDays(30);
        Assert.Equal(ReadingOutcome.Read, (await Reader(fixture, mailbox).ExecuteAsync(evenEarly: false, Stop)).Outcome);
    }

    [Fact]
    public async Task A_message_about_a_delivery_that_is_being_sent_is_read_again_later()
    {
        var id = await fixture.SubscribeAsync();
        await fixture.PublishAsync();
        fixture.Relay.AnswerWith(_ => ScriptedRelay.Later);
        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();
        mailbox.Deliver(Bounce(fixture, id));
        var reader = Reader(fixture, mailbox);

        Assert.Equal(1, (await reader.ExecuteAsync(evenEarly: false, Stop)).Results[ReturnResult.NotYet]);
        Assert.Empty((await reader.ExecuteAsync(evenEarly: true, Stop)).Results);
        Assert.Single(mailbox.Keys);

        fixture.Relay.AnswerWith(_ => ScriptedRelay.Ok);
        await fixture.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(1, (await reader.ExecuteAsync(evenEarly: true, Stop)).Results[ReturnResult.Done]);
        Assert.Empty(mailbox.Keys);
    }

    [Fact]
    public async Task Many_messages_that_wait_for_a_person_raise_an_alert()
    {
        for (var i = 1; i < MailboxState.SetAsideToAlert; i++)
        {
            mailbox.Deliver(new ReturnedMail(ReturnKind.Other));
        }

        var (reader, states) = (Reader(fixture, mailbox), fixture.Program.Get<MailboxStates>());
        await reader.ExecuteAsync(evenEarly: true, Stop);
        Assert.Null((await states.GetAsync(mailbox.Id, Stop)).Waiting(mailbox.Name));
        mailbox.Deliver(new ReturnedMail(ReturnKind.Other));
        await reader.ExecuteAsync(evenEarly: true, Stop);
        Assert.Equal(
            "20 messages in mailbox mail.example.com:993 are of no known kind and wait for a person",
            (await states.GetAsync(mailbox.Id, Stop)).Waiting(mailbox.Name));
    }

    [Fact]
    public async Task A_preview_names_kind_reason_and_proof_and_changes_nothing()
    {
        var id = await SentAsync(fixture);
        mailbox.Deliver(Bounce(fixture, id));
        mailbox.Deliver(new ReturnedMail(ReturnKind.Other));
        var before = fixture.Tables.Everything.Count;

        var preview = new PreviewReturns(fixture.Program.Get<ProveReturn>(), mailbox);
        Assert.Equal(
            [
                new PreviewedReturn(ReturnKind.Bounced, "no-such-user", true, ReturnProof.Token),
                new PreviewedReturn(ReturnKind.Other, null, false, null),
            ],
            await preview.ExecuteAsync(Stop).ToListAsync(Stop));
        Assert.Equal((2, before), (mailbox.Keys.Count, fixture.Tables.Everything.Count));
        Assert.Equal(DeliveryState.Sent, fixture.Delivery(id).State);
    }

    private static ReadReturns Reader(DeliveryFixture fixture, MemoryMailbox? mailbox, Program? program = null)
    {
        program ??= fixture.Start();
        return new ReadReturns(
            new MailboxStates(program.Get<Storage.ITableStore>(), fixture.Clock), program.Get<SettleReturn>(), fixture.Clock,
            NullLogger<ReadReturns>.Instance, mailbox);
    }

    private static async Task<string> SentAsync(DeliveryFixture fixture)
    {
        var id = await fixture.SubscribeAsync();
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        await fixture.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(DeliveryState.Sent, fixture.Delivery(id).State);
        return id;
    }

    private static ReturnedMail Bounce(DeliveryFixture fixture, string id) => new(ReturnKind.Bounced)
    {
        Recipients = [new ReturnedRecipient(null, ReturnKind.Bounced, new Verdict("no-such-user"), null)],
        Candidates =
        [
            new ReturnCandidate(ReturnProof.Token, fixture.Program.Get<EnvelopeTokens>().Create(fixture.Today, id), null),
        ],
        Arrived = fixture.Time.GetUtcNow(),
    };

    private static async Task<List<string>> CountsAsync(DeliveryFixture fixture) =>
    [
        .. (await new ReturnStore(fixture.Tables).CountsAsync(fixture.Today, Stop)).Where(one => one.Key != ReturnStore.Repeated)
            .OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{one.Key} {one.Value}"),
    ];

    private static async Task<SubscriberStatus> StatusAsync(DeliveryFixture fixture, string id) =>
        (await fixture.Program.Get<SubscriberStore>().GetAsync(id, Stop))!.Subscriber.Status;
}
