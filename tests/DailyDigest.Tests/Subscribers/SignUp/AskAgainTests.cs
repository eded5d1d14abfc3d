using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

/// <summary>A confirmation mail that did not arrive can be requested again, three times a day for an address.</summary>
public sealed class AskAgainTests
{
    private const string Address = "reader@example.com";

    [Theory]
    [InlineData("new", "Confirm en")]
    [InlineData("active", "AlreadySubscribed en")]
    [InlineData("blocked", null)]
    public async Task Three_mails_a_day_go_to_an_address_that_asks_again(string kind, string? subject)
    {
        using var fixture = new SubscriberFixture();
        if (kind == "active")
        {
            await fixture.SubscribedAsync(Address);
            await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
            fixture.Box.Letters.Clear();
            fixture.Time.Advance(TimeSpan.FromMinutes(5));
        }
        else if (kind == "blocked")
        {
            await fixture.Suppress.ExecuteAsync(SubscriberFixture.Address(Address), Suppression.Blocked, CancellationToken.None);
        }

        foreach (var again in new[] { false, true, true, true, false, true })
        {
            await AskAsync(fixture, again);
            fixture.Time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal(subject is null ? 0 : 3, fixture.Box.Letters.Count);
        Assert.All(fixture.Box.Letters, letter => Assert.Equal((Address, subject), (letter.To.Value, letter.Subject)));
        fixture.Time.Advance(TimeSpan.FromHours(24));
        await AskAsync(fixture, again: false);
        Assert.Equal(subject is null ? 0 : 4, fixture.Box.Letters.Count);
    }

    [Fact]
    public async Task Two_presses_within_a_minute_send_one_mail()
    {
        using var fixture = new SubscriberFixture();
        await AskAsync(fixture, again: false);
        await AskAsync(fixture, again: true);
        fixture.Time.Advance(TimeSpan.FromSeconds(59));
        await AskAsync(fixture, again: true);
        Assert.Single(fixture.Box.Letters);
    }

    private static async Task AskAsync(SubscriberFixture fixture, bool again)
    {
        await fixture.SignUp.ExecuteAsync(new SignUpRequest(Address, "page", Again: again), CancellationToken.None);
        await fixture.SendNotices.ExecuteAsync(CancellationToken.None);
    }
}
