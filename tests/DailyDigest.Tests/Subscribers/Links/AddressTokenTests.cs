using DailyDigest.Subscribers;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Tests.Subscribers;

/// <summary>The tokens of service mails and of unsubscribe requests.</summary>
public sealed class AddressTokenTests
{
    private const string Id = "00112233445566778899aabbccddeeff";
    private static readonly LinksOptions Keys = new();
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 2, 7, 0, 0, TimeSpan.Zero));
    private readonly NoticeTokens notices = new(Keys);

    [Theory]
    [InlineData("", "")]
    [InlineData("~new~0123456789abcdef", "new")]
    [InlineData("~left", "left")]
    [InlineData("~link~Data", "link~Data")]
    [InlineData("~link~Erase", "link~Erase")]
    public void A_token_names_its_service_mail(string rest, string kind)
    {
        var token = notices.Create($"{Id}~1772434800{rest}")!;
        Assert.Matches("^[a-z2-7]{48}$", token);
        var expected = new NoticeName(Id, DateTimeOffset.FromUnixTimeSeconds(1_772_434_800), kind);
        Assert.Equal(expected, notices.Read($"<bounces+{token}@mail.example.com>"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("~")]
    [InlineData("due~00112233445566778899aabbccddeeff~1772434800")]
    [InlineData("00112233445566778899aabbccddeeff~-1")]
    [InlineData("00112233445566778899aabbccddeeff~99999999999")]
    [InlineData("00112233445566778899aabbccddeeff~1772434800~other")]
    [InlineData("00112233445566778899aabbccddeeff~1772434800~link~Nothing")]
    public void No_token_is_made_for_another_row(string key) => Assert.Null(notices.Create(key));

    [Fact]
    public void A_token_of_one_use_is_not_valid_for_another()
    {
        var unsubscribe = new UnsubscribeTokens(Keys, time);
        var envelopes = new EnvelopeTokens(Keys);
        string[] all =
        [
            notices.Create(Id + "~1772434800")!, unsubscribe.Create(Id, time.GetUtcNow()), envelopes.Create(new DateOnly(2026, 3, 2), Id),
        ];
        Assert.Equal([true, false, false], all.Select(token => notices.Read(token) is not null));
        Assert.Equal([false, true, false], all.Select(token => unsubscribe.TryRead(token, out _)));
        Assert.Equal([false, false, true], all.Select(token => envelopes.TryRead(token, out _, out _, out _)));
        foreach (var token in all)
        {
            for (var place = 0; place < token.Length; place++)
            {
                var forged = token[..place] + (token[place] == 'a' ? 'b' : 'a') + token[(place + 1)..];
                Assert.Null(notices.Read(forged));
                Assert.False(unsubscribe.TryRead(forged, out _));
            }
        }
    }

    [Fact]
    public void An_unsubscribe_token_is_valid_as_long_as_a_link()
    {
        var unsubscribe = new UnsubscribeTokens(Keys, time);
        var token = unsubscribe.Create(Id, time.GetUtcNow());
        Assert.True(unsubscribe.TryRead(token, out var id));
        Assert.Equal(Id, id);
        time.Advance(TimeSpan.FromDays(400));
        Assert.True(unsubscribe.TryRead(token, out _));
        time.Advance(TimeSpan.FromDays(1));
        Assert.False(unsubscribe.TryRead(token, out _));
        Assert.False(unsubscribe.TryRead(unsubscribe.Create(Id, time.GetUtcNow().AddDays(3)), out _));
    }
}
