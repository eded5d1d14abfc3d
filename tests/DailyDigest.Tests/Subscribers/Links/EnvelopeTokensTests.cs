using System.Globalization;
using DailyDigest.Settings;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Subscribers;

public sealed class EnvelopeTokensTests
{
    private const string Id = "00112233445566778899aabbccddeeff";
    private static readonly DateOnly Date = new(2026, 3, 2);
    private static readonly string OldKey = Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly string NewKey = Convert.ToBase64String(Enumerable.Repeat((byte)2, 32).ToArray());
    private readonly EnvelopeTokens tokens = new(new LinksOptions { Keys = OldKey });

    [Fact]
    public void A_token_names_its_delivery_and_is_the_same_each_time()
    {
        var token = tokens.Create(Date, Id);
        Assert.Equal(token, tokens.Create(Date, Id));
        Assert.Matches("^[a-z2-7]{48}$", token);
        Assert.Equal(64, EnvelopeTokens.MaxLocalPartLength + 1 + token.Length);
        Assert.NotEqual(token, tokens.Create(Date.AddDays(1), Id));
        foreach (var text in
            new[] { token, $"bounces+{token}@mail.example.com", $" <bounces+{token}@mail.example.com> ", $"b+x+{token}@h" })
        {
            Assert.True(tokens.TryRead(text, out var date, out var id, out var copy), text);
            Assert.Equal((Date, Id, 0), (date, id, copy));
        }
    }

    [Theory]
    [InlineData("1970-01-01", "00000000000000000000000000000000", 0)]
    [InlineData("2149-06-06", "ffffffffffffffffffffffffffffffff", 255)]
    [InlineData("2026-11-30", "0123456789abcdef0123456789abcdef", 1)]
    public void Every_date_subscriber_and_copy_comes_back_as_it_went(string text, string subscriber, int number)
    {
        var date = DateOnly.Parse(text, CultureInfo.InvariantCulture);
        Assert.True(tokens.TryRead(tokens.Create(date, subscriber, number), out var read, out var id, out var copy));
        Assert.Equal((date, subscriber, number), (read, id, copy));
        Assert.NotEqual(tokens.Create(date, subscriber, number), tokens.Create(date, subscriber, number ^ 1));
    }

    [Fact]
    public void Every_changed_character_makes_a_token_worthless()
    {
        var token = tokens.Create(Date, Id);
        for (var place = 0; place < token.Length; place++)
        {
            foreach (var other in "a7A1é= ")
            {
                var forged = token[..place] + other + token[(place + 1)..];
                Assert.Equal(forged == token, tokens.TryRead(forged, out _, out _, out _));
            }

            Assert.False(tokens.TryRead(token[..place], out _, out _, out _));
        }
    }

    [Fact]
    public void A_token_that_is_not_ours_is_refused()
    {
        var token = tokens.Create(Date, Id);
        var links = new ReaderLinks(
            new Publication { BaseUrl = "https://digest.example.com" }, new LinksOptions { Keys = OldKey }, new FakeTimeProvider());
        string?[] refused =
        [
            null, "", "@", "+@", "<>", "bounces@mail.example.com", token.ToUpperInvariant(), token + "a", $"bounces+{token}a@h",
            $"{token}+x@h",
            $"bounces-{token}@h", new string('a', 48), new string('\0', 48), new string('+', 48), new string('a', 10 << 20),
            token + "@" + new string('h', 400),
            links.Unsubscribe(Id)[^56..], links.Unsubscribe(Id)[^56..^8].ToLowerInvariant(),
        ];
        Assert.All(refused, text =>
        {
            Assert.False(tokens.TryRead(text, out var date, out var id, out var copy));
            Assert.Equal((default, "", 0), (date, id, copy));
        });
    }

    [Fact]
    public void A_new_key_signs_and_the_old_ones_still_verify_until_they_go()
    {
        var old = tokens.Create(Date, Id);
        var both = new EnvelopeTokens(new LinksOptions { Keys = $"{NewKey},{OldKey}" });
        var current = new EnvelopeTokens(new LinksOptions { Keys = NewKey });
        Assert.NotEqual(old, both.Create(Date, Id));
        Assert.Equal(current.Create(Date, Id), both.Create(Date, Id));
        Assert.True(both.TryRead(old, out _, out _, out _));
        Assert.False(current.TryRead(old, out _, out _, out _));
    }

    [Theory]
    [InlineData("2149-06-07", Id, 0)]
    [InlineData("1969-12-31", Id, 0)]
    [InlineData("2026-03-02", "0011", 0)]
    [InlineData("2026-03-02", "zz112233445566778899aabbccddeeff", 0)]
    [InlineData("2026-03-02", Id, -1)]
    [InlineData("2026-03-02", Id, 256)]
    public void No_token_is_made_for_what_is_no_delivery(string date, string id, int copy) =>
        Assert.Throws<ArgumentException>(() => tokens.Create(DateOnly.Parse(date, CultureInfo.InvariantCulture), id, copy));

    [Fact]
    public async Task Every_attempt_at_a_copy_carries_the_same_token_for_greylisting()
    {
        var fixture = new DeliveryFixture();
        var id = await fixture.SubscribeAsync();
        await fixture.PublishAsync();
        fixture.GoTo(2, 7);
        var seen = new List<string?>();
        fixture.Relay.AnswerWith(mail =>
        {
            seen.Add(mail.EnvelopeToken);
            return seen.Count < 3 ? ScriptedRelay.Later : ScriptedRelay.Ok;
        });
        await fixture.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(3, seen.Count);
        Assert.True(fixture.Program.Get<EnvelopeTokens>().TryRead(Assert.Single(seen.Distinct()), out var date, out var subscriber, out _));
        Assert.Equal((fixture.Today, id), (date, subscriber));
    }
}
