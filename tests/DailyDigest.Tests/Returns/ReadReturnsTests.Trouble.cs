using DailyDigest.Returns;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Storage;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Returns;

/// <summary>Readings that are killed, meet one another, or meet a mailbox that fails.</summary>
public sealed partial class ReadReturnsTests
{
    /// <summary>Before each step of the mailbox, and before and after each write to the store: the program ends there.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Killed_at_any_step_it_loses_nothing_and_counts_nothing_twice(bool removesAtOnce)
    {
        for (var at = 1; ; at++)
        {
            var killed = 0;
            foreach (var place in new[] { "before", "after", "mailbox" })
            {
                var own = new DeliveryFixture();
                var id = await SentAsync(own);
                var box = new MemoryMailbox(removesAtOnce);
                box.NeedMore.Add(box.Deliver(Bounce(own, id)));
                box.Deliver(new ReturnedMail(ReturnKind.AutoReply));
                var letter = box.Deliver(new ReturnedMail(ReturnKind.Other));
                var program = own.Start(new FaultPlan
                {
                    StopBefore = place == "before" ? at : null,
                    StopAfter = place == "after" ? at : null,
                });
                var steps = 0;
                box.Before = (_, _) => place == "mailbox" && ++steps == at ? throw new ProgramStoppedException() : Task.CompletedTask;
                try
                {
                    await Reader(own, box, program).ExecuteAsync(evenEarly: true, Stop);
                }
                catch (ProgramStoppedException)
                {
                    killed++;
                }

                box.Before = (_, _) => Task.CompletedTask;
                own.Advance(TimeSpan.FromMinutes(7));
                await own.Program.Get<FinishChanges>().ExecuteAsync(Stop);
                await Reader(own, box).ExecuteAsync(evenEarly: true, Stop);
                Assert.Equal([letter], box.Keys);
                Assert.Equal(["autoreply 1", "bounced 1", "other 1"], await CountsAsync(own));
                Assert.Equal(SubscriberStatus.Bounced, await StatusAsync(own, id));
                Assert.Equal(1, (await own.RunOfAsync(own.Today))!.Refused);
            }

            if (killed == 0)
            {
                Assert.InRange(at, 10, 60);
                break;
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_readers_at_once_count_each_message_once(bool removesAtOnce)
    {
        var id = await SentAsync(fixture);
        var box = new MemoryMailbox(removesAtOnce);
        box.Deliver(Bounce(fixture, id));
        for (var i = 0; i < 20; i++)
        {
            box.Deliver(new ReturnedMail(ReturnKind.AutoReply));
        }

        box.Deliver(new ReturnedMail(ReturnKind.Other));

        // The lease keeps two readers apart, so the second is started inside the first, without it.
        var inside = 0;
        box.Before = async (step, _) =>
        {
            if (step == "remove" && inside++ == 0)
            {
                var second = new MailboxReading(
                    box, fixture.Start().Get<SettleReturn>(), new PostponedReturns(fixture.Clock), fixture.Clock);
                var report = await second.RunAsync(Stop);
                Assert.Equal(21, report.Results[ReturnResult.Repeated]);
            }
        };
        var first = await Reader(fixture, box).ExecuteAsync(evenEarly: false, Stop);

        Assert.Equal((1, 20), (first.Results[ReturnResult.Done], first.Results[ReturnResult.Counted]));
        Assert.Single(box.Keys);
        Assert.Equal(["autoreply 20", "bounced 1", "other 1"], await CountsAsync(fixture));
        Assert.Equal(1, (await fixture.RunOfAsync(fixture.Today))!.Refused);
    }

    [Fact]
    public async Task A_mailbox_that_fails_is_tried_less_and_less_often_and_raises_an_alert()
    {
        mailbox.Before = (_, _) => throw new MailboxException("login refused");
        var (reader, states) = (Reader(fixture, mailbox), fixture.Program.Get<MailboxStates>());
        var began = fixture.Time.GetUtcNow();
        var waits = new List<int>();
        for (var attempt = 1; attempt <= 7; attempt++)
        {
            var report = await reader.ExecuteAsync(evenEarly: false, Stop);
            Assert.Equal((ReadingOutcome.Failed, "login refused"), (report.Outcome, report.Fault));
            var state = await states.GetAsync(mailbox.Id, Stop);
            Assert.Equal(attempt, state.Failures);
            Assert.NotNull(state.Fault(mailbox.Name));
            waits.Add((int)(state.Next!.Value - fixture.Time.GetUtcNow()).TotalMinutes);
            fixture.Advance(state.Next.Value - fixture.Time.GetUtcNow());
        }

        Assert.Equal([1, 2, 5, 15, 30, 60, 60], waits);
        Assert.Equal(
            $"mailbox mail.example.com:993 cannot be read since {began.UtcDateTime:yyyy-MM-dd HH:mm} UTC: login refused",
            (await states.GetAsync(mailbox.Id, Stop)).Fault(mailbox.Name));

        mailbox.Before = (_, _) => Task.CompletedTask;
        Assert.Equal(ReadingOutcome.Read, (await reader.ExecuteAsync(evenEarly: false, Stop)).Outcome);
        Assert.Null((await states.GetAsync(mailbox.Id, Stop)).Fault(mailbox.Name));
    }

    [Fact]
    public async Task A_message_that_breaks_every_connection_keeps_no_other_waiting()
    {
        var poison = mailbox.Deliver(new ReturnedMail(ReturnKind.AutoReply));
        for (var i = 0; i < 60; i++)
        {
            mailbox.Deliver(new ReturnedMail(ReturnKind.AutoReply));
        }

        mailbox.Before = (step, key) => key == poison ? throw new MailboxException("the connection broke") : Task.CompletedTask;
        var reader = Reader(fixture, mailbox);
        var report = await reader.ExecuteAsync(evenEarly: false, Stop);
        Assert.Equal((ReadingOutcome.Read, 60), (report.Outcome, report.Results[ReturnResult.Counted]));

        for (var attempt = 2; attempt <= 5; attempt++)
        {
            Assert.DoesNotContain(poison, mailbox.Aside);
            fixture.Advance(TimeSpan.FromHours(2));
            await reader.ExecuteAsync(evenEarly: false, Stop);
        }

        Assert.Equal([poison], mailbox.Aside);
        Assert.Equal([poison], mailbox.Keys);
    }

    /// <summary>Its answer is read to the end, and the server's next answer is not understood.</summary>
    [Fact]
    public async Task A_message_that_spoils_the_next_answer_is_found_and_left_alone()
    {
        var keys = Enumerable.Range(0, 60).Select(_ => mailbox.Deliver(new ReturnedMail(ReturnKind.AutoReply))).ToList();
        var isSpoilt = false;
        mailbox.Before = (step, key) =>
        {
            isSpoilt &= step != "open";
            if (isSpoilt)
            {
                throw new MailboxException("the connection broke");
            }

            isSpoilt = step == "read" && key == keys[7];
            return Task.CompletedTask;
        };
        var reader = Reader(fixture, mailbox);
        for (var attempt = 1; attempt <= 6; attempt++)
        {
            Assert.Equal(ReadingOutcome.Read, (await reader.ExecuteAsync(evenEarly: true, Stop)).Outcome);
            Assert.Equal([keys[7]], mailbox.Keys);
            fixture.Advance(TimeSpan.FromHours(2));
        }

        Assert.Equal([keys[7]], mailbox.Aside);
        Assert.Equal(["autoreply 60"], await CountsAsync(fixture));
    }

    [Fact]
    public async Task Ten_thousand_messages_are_read_in_sessions_of_bounded_length()
    {
        for (var i = 0; i < 10_000; i++)
        {
            mailbox.Deliver(new ReturnedMail(ReturnKind.AutoReply));
        }

        var report = await Reader(fixture, mailbox).ExecuteAsync(evenEarly: false, Stop);
        Assert.Equal((10_000, false), (report.Results[ReturnResult.Counted], report.HasMore));
        Assert.Empty(mailbox.Keys);
        Assert.Equal((20, 10_000), (mailbox.Sessions, mailbox.Reads));
        Assert.Equal(["autoreply 10000"], await CountsAsync(fixture));
    }

    [Fact]
    public async Task A_slow_reading_ends_in_time_and_the_next_goes_on_at_once()
    {
        for (var i = 0; i < 200; i++)
        {
            mailbox.Deliver(new ReturnedMail(ReturnKind.AutoReply));
        }

        mailbox.Before = (step, _) =>
        {
            fixture.Advance(step == "read" ? TimeSpan.FromSeconds(3) : TimeSpan.Zero);
            return Task.CompletedTask;
        };
        var reader = Reader(fixture, mailbox);
        var report = await reader.ExecuteAsync(evenEarly: false, Stop);
        Assert.Equal((ReadingOutcome.Read, true), (report.Outcome, report.HasMore));
        Assert.Equal(120, mailbox.Keys.Count);
        Assert.True((await reader.ExecuteAsync(evenEarly: false, Stop)).HasMore);
        await reader.ExecuteAsync(evenEarly: false, Stop);
        Assert.Empty(mailbox.Keys);
    }
}
