using System.Globalization;
using System.Text;
using DailyDigest.Mailing;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Mailing;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("reader@example.com", "reader@example.com", "reader@example.com")]
    [InlineData("  Reader.Name+News@Example.COM ", "Reader.Name+News@example.com", "reader.name+news@example.com")]
    [InlineData("o'brien@mail.example.co.uk", "o'brien@mail.example.co.uk", "o'brien@mail.example.co.uk")]
    [InlineData("قارئ@example.com", null, null)]
    [InlineData("reader@bücher.example", "reader@xn--bcher-kva.example", "reader@xn--bcher-kva.example")]
    [InlineData("reader@مثال.إختبار", "reader@xn--mgbh0fb.xn--kgbechtv", "reader@xn--mgbh0fb.xn--kgbechtv")]
    [InlineData("reader@xn--bcher-kva.example", "reader@xn--bcher-kva.example", "reader@xn--bcher-kva.example")]
    public void An_address_is_kept_as_mail_is_sent_to_it(string text, string? value, string? normalized)
    {
        Assert.Equal(value is not null, EmailAddress.TryParse(text, out var address));
        Assert.Equal(value, address?.Value);
        Assert.Equal(normalized, address?.Normalized);
    }

    [Theory]
    [InlineData("<reader@example.com>")]
    [InlineData(" < reader@example.com >\r\n")]
    [InlineData("reader@example.com\r\n")]
    [InlineData("\u200breader@example.com\u200b\u2060")]
    [InlineData("\ufeffreader@example.com\u200e")]
    [InlineData("\u202areader@example.com\u202c")]
    [InlineData("\u3000reader@example.com\u3000")]
    [InlineData("（reader@example.com）")]
    [InlineData("＜reader@example.com＞，")]
    [InlineData("「reader@example.com」。")]
    public void What_came_along_when_an_address_was_pasted_is_left_out(string text) =>
        Assert.Equal("reader@example.com", EmailAddress.TryParse(text, out var address) ? address.Value : null);

    [Theory]
    [InlineData("Reader.Name@Example.COM", "Reader.Name@example.com")]
    [InlineData("reader@BÜCHER.example", "reader@bücher.example")]
    [InlineData("reader@xn--bcher-kva.example", "reader@bücher.example")]
    [InlineData("reader@مثال.إختبار", "reader@مثال.إختبار")]
    [InlineData("reader@mail.straße.example", "reader@mail.straße.example")]
    [InlineData("reader@例え.example", "reader@例え.example")]
    [InlineData("xn--bcher-kva@example.com", "xn--bcher-kva@example.com")]
    [InlineData("reader@نامه\u200cای.example", "reader@نامه\u200cای.example")]
    public void Its_owner_sees_it_in_the_script_it_is_known_by(string text, string shown) =>
        Assert.Equal(shown, SubscriberFixture.Address(text).Shown);

    [Fact]
    public void An_ASCII_domain_is_shown_as_the_same_domain_in_visible_characters()
    {
        const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789-";
        var domains = 0;
        foreach (var label in
            Letters.SelectMany(first => Letters.SelectMany(second => Letters.Select(third => $"xn--{first}{second}{third}"))))
        {
            if (EmailAddress.TryParse($"reader@{label}.example", out var address))
            {
                domains++;
                Assert.True(EmailAddress.TryParse(address.Shown, out var again) && again == address, label);
                Assert.DoesNotContain(
                    address.Shown, character => char.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format);
            }
        }

        Assert.NotEqual(0, domains);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("reader")]
    [InlineData("reader@")]
    [InlineData("@example.com")]
    [InlineData("reader@localhost")]
    [InlineData("reader@example.com.")]
    [InlineData("reader@example..com")]
    [InlineData("reader@-example.com")]
    [InlineData("reader@exa_mple.com")]
    [InlineData("reader@example.com, other@example.com")]
    [InlineData("reader@example.com;other@example.com")]
    [InlineData("Reader <reader@example.com>")]
    [InlineData("<reader@example.com")]
    [InlineData("<reader@example.com>, <other@example.com>")]
    [InlineData("\"a b\"@example.com")]
    [InlineData("reader(comment)@example.com")]
    [InlineData("reader@[127.0.0.1]")]
    [InlineData("reader@127.0.0.1")]
    [InlineData("a@b@example.com")]
    [InlineData(".reader@example.com")]
    [InlineData("reader.@example.com")]
    [InlineData("rea..der@example.com")]
    [InlineData("reader@example.com\r\nBcc: other@example.com")]
    [InlineData("reader\n@example.com")]
    [InlineData("reader@exam\0ple.com")]
    [InlineData("reader@exam\u200eple.com\u202e")]
    [InlineData("reader@xn--a.example")]
    [InlineData("reader@xn--ab-g4t.example")] // holds U+202E
    [InlineData("reader@xn--ab-6da.example")] // holds U+00AD
    [InlineData("=cmd|'/c calc'!A1")]
    public void A_text_that_is_not_exactly_one_address_is_refused(string? text) => Assert.False(EmailAddress.TryParse(text, out _));

    [Fact]
    public void The_lengths_of_the_standard_hold()
    {
        var domain = string.Join('.', Enumerable.Repeat(new string('d', 60), 3)) + ".com";
        Assert.True(EmailAddress.TryParse(new string('l', 64) + "@" + domain, out _));
        Assert.False(EmailAddress.TryParse(new string('l', 65) + "@" + domain, out _));
        Assert.False(EmailAddress.TryParse("l@" + new string('d', 64) + ".com", out _));
        Assert.False(EmailAddress.TryParse(new string('l', 64) + "@" + "d." + domain + domain, out _));
    }

    [Fact]
    public void Ten_thousand_bits_of_rubbish_are_judged_without_a_surprise()
    {
        var random = new Random(7);
        var alphabet = "ab.@-_\"<>()[]\\,;: \r\n\t\0éß٣\u202e😀xn--".EnumerateRunes().ToArray();
        for (var number = 0; number < 10_000; number++)
        {
            var text = new StringBuilder();
            for (var length = random.Next(40); length > 0; length--)
            {
                text.Append(alphabet[random.Next(alphabet.Length)]);
            }

            if (EmailAddress.TryParse(text.ToString(), out var address))
            {
                Assert.DoesNotContain(address.Value, character => char.IsControl(character) || character > '\u007e');
                Assert.True(EmailAddress.TryParse(address.Value, out var again) && again == address);
                Assert.True(EmailAddress.TryParse(address.Shown, out again) && again == address);
                Assert.True(EmailAddress.TryReadStored(address.Value, out again) && again == address);
            }
        }
    }

    [Theory]
    [InlineData("reader@example.org\r\nRCPT TO:<victim@example.org>")]
    [InlineData("reader@example.org\r\nBcc: victim@example.org")]
    [InlineData("reader@example.org,victim@example.org")]
    [InlineData("reader@example.org> NOTIFY=SUCCESS")]
    [InlineData("reader\u0085x@example.org")]
    [InlineData("reader\u2028x@example.org")]
    [InlineData("\"a b\"@example.org")]
    [InlineData("a..b@example.org")]
    [InlineData("reader@exa<mple.org")]
    [InlineData("reader@exa_mple.org")]
    [InlineData("reader@bücher .example")]
    [InlineData("no at sign")]
    [InlineData("@example.org")]
    [InlineData("reader@")]
    [InlineData("")]
    [InlineData(null)]
    public void A_stored_text_that_is_no_single_address_is_refused(string? text) => Assert.False(EmailAddress.TryReadStored(text, out _));

    [Theory]
    [InlineData("Reader+news@example.org", "Reader+news@example.org")]
    [InlineData("o'hara@example.org", "o'hara@example.org")]
    [InlineData("lesér@example.org", "lesér@example.org")]
    [InlineData("reader@bücher.example", "reader@xn--bcher-kva.example")]
    public void A_stored_address_is_read_as_mail_is_sent_to_it(string text, string value)
    {
        Assert.True(EmailAddress.TryReadStored(text, out var address));
        Assert.Equal((value, value.ToLowerInvariant()), (address.Value, address.Normalized));
    }

    [Fact]
    public void An_address_does_not_print_itself() =>
        Assert.DoesNotContain("reader", SubscriberFixture.Address("reader@example.com").ToString(), StringComparison.Ordinal);
}
