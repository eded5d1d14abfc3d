using DailyDigest.Mailing;
using DailyDigest.Runs;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>A stranger cannot fill a mailbox with confirmations by writing its address in many ways.</summary>
public sealed class MailboxBudgetTests : IDisposable
{
    private readonly SubscriberFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData("victim+{0}@example.org")]
    [InlineData("v.i+{0}.x@gmail.com")]
    public async Task Sixty_tags_of_one_mailbox_get_three_confirmations_a_day(string pattern)
    {
        for (var number = 0; number < 60; number++)
        {
            await fixture.SignedUpAsync(string.Format(null, pattern, number));
        }

        await SendAsync();
        Assert.Equal(3, fixture.Box.Letters.Count);
        Assert.Equal(57, (await OutcomesAsync()).Count(outcome => outcome == "too many for this mailbox"));

        // The owner's plain address is not locked out, and the next day has its own budget.
        await fixture.SignedUpAsync(Mailbox.Fold(SubscriberFixture.Address(string.Format(null, pattern, 0))));
        await SendAsync();
        Assert.Equal(4, fixture.Box.Letters.Count);
        fixture.Time.Advance(TimeSpan.FromDays(1));
        await fixture.SignedUpAsync(string.Format(null, pattern, 60));
        await SendAsync();
        Assert.Equal(5, fixture.Box.Letters.Count);
    }

    [Fact]
    public async Task Dots_and_the_other_name_of_the_host_are_one_mailbox_too()
    {
        string[] spellings = ["v.ictim@gmail.com", "vi.ctim@googlemail.com", "VIC.TIM@gmail.com", "vict.im@gmail.com", "victi.m@gmail.com"];
        foreach (var spelling in spellings)
        {
            await fixture.SignedUpAsync(spelling);
        }

        await SendAsync();
        Assert.Equal(3, fixture.Box.Letters.Count);
    }

    [Fact]
    public async Task A_new_address_under_another_spelling_counts_as_well()
    {
        for (var number = 0; number < 3; number++)
        {
            await fixture.SignedUpAsync($"victim+{number}@example.org");
        }

        var mover = await fixture.SubscribedAsync("mover@example.com");
        await SendAsync();
        fixture.Box.Letters.Clear();
        await fixture.AskAddress.ExecuteAsync(mover.Id, "victim+new@example.org", CancellationToken.None);
        await SendAsync();
        Assert.Empty(fixture.Box.Letters);
    }

    [Fact]
    public async Task A_domain_that_takes_every_name_gets_a_hundred_a_day_but_a_large_provider_all()
    {
        for (var number = 0; number < 110; number++)
        {
            await fixture.SignedUpAsync($"name{number}@any.example");
            await fixture.SignedUpAsync($"name{number}@gmail.com");
        }

        await SendAsync();
        var domains = fixture.Box.Letters.CountBy(letter => Mailbox.Domain(letter.To)).ToDictionary();
        Assert.Equal((100, 110), (domains["any.example"], domains["gmail.com"]));
    }

    [Fact]
    public async Task A_mail_that_is_tried_again_takes_from_the_budget_once()
    {
        fixture.Box.Answer = _ => new SendResult(SendOutcome.Deferred, "451 later");
        for (var number = 0; number < 3; number++)
        {
            await fixture.SignedUpAsync($"reader+{number}@example.org");
        }

        for (var round = 0; round < 3; round++)
        {
            await SendAsync();
            fixture.Time.Advance(TimeSpan.FromMinutes(10));
        }

        fixture.Box.Answer = _ => new SendResult(SendOutcome.Sent, "250 ok");
        await SendAsync();
        Assert.Equal(3, fixture.Box.Letters.Count);
    }

    [Fact]
    public async Task The_budget_stores_only_hashes()
    {
        await fixture.SignedUpAsync("victim+tag@any.example");
        await SendAsync();

        var rows = await fixture.Store.QueryAsync(Tables.Budgets, "2026-03-02-00", RowRange.All, 10, CancellationToken.None);
        Assert.Equal(2, rows.Count);
        Assert.All(rows, row => Assert.Matches("^[0-9a-f]{32}$", row.Key));
        Assert.All(rows, row => Assert.Matches("^[0-9a-f]{12}$", row.Text("for")));
    }

    [Theory]
    [InlineData("Reader+news@example.org", "reader@example.org")]
    [InlineData("first.last@example.org", "first.last@example.org")]
    [InlineData("first.last+a+b@googlemail.com", "firstlast@gmail.com")]
    [InlineData("first_last@pm.me", "firstlast@proton.me")]
    [InlineData("+odd@example.org", "+odd@example.org")]
    public void Folding_leaves_what_the_host_reads(string address, string mailbox) =>
        Assert.Equal(mailbox, Mailbox.Fold(SubscriberFixture.Address(address)));

    [Theory]
    [InlineData("gmail.com", true)]
    [InlineData("yahoo.co.uk", true)]
    [InlineData("hotmail.fr", true)]
    [InlineData("example.org", false)]
    [InlineData("mail.example.org", false)]
    public void Large_providers_are_known(string domain, bool isPublic) => Assert.Equal(isPublic, Mailbox.IsPublic(domain));

    private async Task SendAsync()
    {
        while ((await fixture.SendNotices.ExecuteAsync(CancellationToken.None)) is { Sent: > 0 } or { NotNeeded: > 0 })
        {
        }
    }

    private async Task<IEnumerable<string?>> OutcomesAsync() =>
        (await fixture.Store.QueryAsync(Tables.Notices, "2026-03-02", RowRange.All, 1000, CancellationToken.None))
            .Select(row => row.Text("outcome"));
}
