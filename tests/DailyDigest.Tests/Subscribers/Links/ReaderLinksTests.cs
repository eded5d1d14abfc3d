using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Subscribers;

public sealed class ReaderLinksTests : IDisposable
{
    private const string Id = "00112233445566778899aabbccddeeff";
    private static readonly string OldKey = Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly string NewKey = Convert.ToBase64String(Enumerable.Repeat((byte)2, 32).ToArray());
    private readonly SubscriberFixture fixture = new();

    [Fact]
    public void A_link_leads_to_its_page_and_gives_back_the_subscriber()
    {
        var links = fixture.ReaderLinks;
        Assert.StartsWith("https://digest.example.com/unsubscribe/", links.Unsubscribe(Id), StringComparison.Ordinal);
        Assert.StartsWith("https://digest.example.com/preferences/", links.Preferences(Id), StringComparison.Ordinal);
        Assert.StartsWith("https://digest.example.com/confirm/", links.Confirm(Id), StringComparison.Ordinal);
        Assert.True(links.TryRead(LinkPurpose.Unsubscribe, Token(links.Unsubscribe(Id)), out var link));
        Assert.Equal(new ReaderLink(Id, "", 0), link);
    }

    [Fact]
    public void A_link_of_another_purpose_is_refused()
    {
        Assert.False(fixture.ReaderLinks.TryRead(LinkPurpose.Confirm, Token(fixture.ReaderLinks.Unsubscribe(Id)), out var link));
        Assert.Equal(new ReaderLink("", "", 0), link);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(70_000, 70_000)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    [InlineData(uint.MaxValue + 1L, uint.MaxValue)]
    public void A_link_knows_the_version_it_was_made_from_and_one_older_than_the_move_only_ends(long version, long known)
    {
        var person = new Subscriber
        {
            Id = Id,
            Address = "reader@example.com",
            Status = SubscriberStatus.Active,
            Zone = "Etc/UTC",
            Hour = 7,
            Language = "en",
            Consent = new Consent(fixture.Time.GetUtcNow(), "page", "1", "en", null),
            Created = fixture.Time.GetUtcNow(),
        };
        foreach (var (purpose, url) in new[]
        {
            (LinkPurpose.Confirm, fixture.ReaderLinks.Confirm(Id, version)),
                (LinkPurpose.Unsubscribe, fixture.ReaderLinks.Unsubscribe(Id, version)),
            (LinkPurpose.Preferences, fixture.ReaderLinks.Preferences(Id, version)),
        })
        {
            Assert.True(fixture.ReaderLinks.TryRead(purpose, Token(url), out var link));
            Assert.Equal(new ReaderLink(Id, "", known), link);
            Assert.False(link.OnlyUnsubscribes(person));
            Assert.False(link.OnlyUnsubscribes(person with { AddressVersion = known }));
            Assert.True(link.OnlyUnsubscribes(person with { AddressVersion = known + 1 }));
        }
    }

    [Fact]
    public void A_link_of_the_form_before_links_knew_a_version_works_as_one_of_none()
    {
        var links = With(OldKey);
        byte[] content =
            [SHA256.HashData(Convert.FromBase64String(OldKey))[0], (byte)LinkPurpose.Unsubscribe, .. new byte[4],
                .. Convert.FromHexString(Id)];
        BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(2), (uint)(fixture.Time.GetUtcNow().ToUnixTimeSeconds() / 60));
        var token = Base64Url.EncodeToString([.. content, .. HMACSHA256.HashData(Convert.FromBase64String(OldKey), content).AsSpan(0, 16)]);
        Assert.True(links.TryRead(LinkPurpose.Unsubscribe, token, out var link));
        Assert.Equal(new ReaderLink(Id, "", 0), link);
        Assert.False(links.TryRead(LinkPurpose.Preferences, token, out _));
        Assert.False(links.TryRead(LinkPurpose.NewAddress, token, out _));
        Assert.False(With(NewKey).TryRead(LinkPurpose.Unsubscribe, token, out _));

        // A new link that is cut to the length of an old link is not valid.
        Assert.False(links.TryRead(LinkPurpose.Unsubscribe, Token(links.Unsubscribe(Id, 7))[..token.Length], out _));
    }

    [Fact]
    public void Every_changed_character_makes_a_link_worthless()
    {
        var token = Token(fixture.ReaderLinks.Unsubscribe(Id));
        for (var place = 0; place < token.Length - 1; place++)
        {
            var forged = token[..place] + (token[place] == 'A' ? 'B' : 'A') + token[(place + 1)..];
            Assert.False(fixture.ReaderLinks.TryRead(LinkPurpose.Unsubscribe, forged, out _), forged);
            Assert.False(fixture.ReaderLinks.TryRead(LinkPurpose.Unsubscribe, token[..place], out _));
        }

        Assert.False(fixture.ReaderLinks.TryRead(LinkPurpose.Unsubscribe, token + "A", out _));
        Assert.False(fixture.ReaderLinks.TryRead(LinkPurpose.Unsubscribe, null, out _));
        Assert.False(fixture.ReaderLinks.TryRead(LinkPurpose.Unsubscribe, "", out _));
        Assert.False(fixture.ReaderLinks.TryRead(LinkPurpose.Unsubscribe, new string('é', token.Length), out _));
        Assert.False(fixture.ReaderLinks.TryRead(LinkPurpose.Unsubscribe, new string(' ', token.Length), out _));
    }

    [Fact]
    public void A_link_works_for_its_time_and_not_longer()
    {
        var (confirm, unsubscribe) = (Token(fixture.ReaderLinks.Confirm(Id)), Token(fixture.ReaderLinks.Unsubscribe(Id)));
        fixture.Time.Advance(TimeSpan.FromHours(47));
        Assert.True(fixture.ReaderLinks.TryRead(LinkPurpose.Confirm, confirm, out _));
        fixture.Time.Advance(TimeSpan.FromHours(2));
        Assert.False(fixture.ReaderLinks.TryRead(LinkPurpose.Confirm, confirm, out _));
        fixture.Time.Advance(TimeSpan.FromDays(365));
        Assert.True(fixture.ReaderLinks.TryRead(LinkPurpose.Unsubscribe, unsubscribe, out _));
        fixture.Time.Advance(TimeSpan.FromDays(40));
        Assert.False(fixture.ReaderLinks.TryRead(LinkPurpose.Unsubscribe, unsubscribe, out _));
    }

    [Fact]
    public void A_link_from_tomorrow_is_refused()
    {
        using var tomorrow = new SubscriberFixture(now: fixture.Time.GetUtcNow().AddDays(1));
        Assert.False(fixture.ReaderLinks.TryRead(LinkPurpose.Confirm, Token(tomorrow.ReaderLinks.Confirm(Id)), out _));
    }

    [Fact]
    public void Keys_rotate_the_first_signs_and_all_verify()
    {
        var (old, both, other) = (With(OldKey), With($"{NewKey}, {OldKey}"), With(NewKey));
        Assert.True(both.TryRead(LinkPurpose.Unsubscribe, Token(old.Unsubscribe(Id)), out _));
        Assert.True(other.TryRead(LinkPurpose.Unsubscribe, Token(both.Unsubscribe(Id)), out _));
        Assert.False(other.TryRead(LinkPurpose.Unsubscribe, Token(old.Unsubscribe(Id)), out _));
    }

    [Theory]
    [InlineData("", false, true)]
    [InlineData("", true, false)]
    [InlineData("short", true, true)]
    [InlineData("c2hvcnQ=", true, true)]
    [InlineData(" , ", false, true)]
    [InlineData("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", false, false)]
    [InlineData("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,c2hvcnQ=", false, true)]
    public void Keys_that_are_missing_or_short_are_faults_that_name_the_setting(string keys, bool development, bool fault)
    {
        var faults = new LinksOptions { Keys = keys }.Validate(development).ToList();
        Assert.Equal(fault, faults.Count == 1);
        Assert.All(faults, line => Assert.StartsWith("Links__Keys:", line, StringComparison.Ordinal));
        if (!keys.Contains(',', StringComparison.Ordinal))
        {
            Assert.Equal(fault, new IdentityOptions { Key = keys }.Validate(development)
                .Any(line => line.StartsWith("Identity__Key:", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_store_begun_under_another_identity_key_is_refused()
    {
        var other = new AddressHash(new IdentityOptions { Key = OldKey });
        Assert.Null(await new IdentityCheck(fixture.Tables, fixture.Hash, fixture.Sums).ExecuteAsync(CancellationToken.None));
        Assert.Null(await new IdentityCheck(fixture.Tables, fixture.Hash, fixture.Sums).ExecuteAsync(CancellationToken.None));
        Assert.StartsWith(
            "Identity__Key:", await new IdentityCheck(fixture.Tables, other, fixture.Sums).ExecuteAsync(CancellationToken.None),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_warns_while_no_former_link_key_is_left()
    {
        Assert.False(await LostAsync(OldKey));
        Assert.False(await LostAsync(NewKey + "," + OldKey));
        Assert.False(await LostAsync(NewKey));
        var third = Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        Assert.True(await LostAsync(third));
        Assert.True(await LostAsync(third));
        Assert.False(await LostAsync(third + "," + OldKey));
        Assert.True(await LostAsync(third));
        fixture.Time.Advance(TimeSpan.FromDays(401));
        Assert.False(await LostAsync(third));

        Task<bool> LostAsync(string keys) => new LinkKeysCheck(
            fixture.Tables, new LinksOptions { Keys = keys }, fixture.Time,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<LinkKeysCheck>.Instance).ExecuteAsync(CancellationToken.None);
    }

    public void Dispose() => fixture.Dispose();

    private static string Token(string url) => url[(url.LastIndexOf('/') + 1)..];

    private ReaderLinks With(string keys) => new(fixture.Publication, new LinksOptions { Keys = keys }, fixture.Time);
}
