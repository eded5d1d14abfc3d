using System.Collections.Concurrent;
using DailyDigest.Mailing;
using DailyDigest.Subscribers;
using DailyDigest.Tests.Fixtures;

namespace DailyDigest.Tests.Sending;

/// <summary>The permissions of the links in a digest.</summary>
public sealed class LinksInMailTests
{
    [Fact]
    public async Task Links_in_a_digest_to_a_former_address_only_end_the_subscription()
    {
        var fixture = new DeliveryFixture();
        var ids = await fixture.SubscribeAsync(30);
        await fixture.PublishAsync();
        var mails = new ConcurrentBag<DigestMail>();
        var moved = new Lazy<Task>(async () =>
        {
            foreach (var id in ids)
            {
                await fixture.Program.Get<ChangeSubscriber>().ExecuteAsync(
                    id, person => person! with { Address = "new." + person.Address, AddressVersion = person.Version + 1 },
                    DeliveryFixture.Cancellation);
            }
        });
        fixture.Relay.Answer = async (mail, _) =>
        {
            mails.Add(mail);
            await moved.Value;
            return ScriptedRelay.Ok;
        };
        fixture.GoTo(2, 7);
        await fixture.Program.RunOnceAsync();
        Assert.NotEqual(0, await FormerAsync());

        mails.Clear();
        await fixture.PublishAsync();
        fixture.GoTo(3, 7);
        await fixture.Program.RunOnceAsync();
        Assert.Equal(0, await FormerAsync());

        // The number sent to a former address, found by their links, which differ for each address.
        async Task<int> FormerAsync()
        {
            Assert.Equal(ids.Count, mails.Count);
            foreach (var mail in mails)
            {
                foreach (var (purpose, url) in
                    new[] { (LinkPurpose.Unsubscribe, mail.UnsubscribeUrl), (LinkPurpose.Preferences, mail.PreferencesUrl) })
                {
                    Assert.True(fixture.Program.Get<ReaderLinks>().TryRead(purpose, url.Split('/')[^1], out var link));
                    var person = (
                        await fixture.Program.Get<SubscriberStore>().GetAsync(link.SubscriberId, DeliveryFixture.Cancellation))!.Subscriber;
                    Assert.Equal(mail.To.Value == DeliveryFixture.Address(person.Id), link.OnlyUnsubscribes(person));
                }
            }

            return mails.Count(mail => !mail.To.Value.StartsWith("new.", StringComparison.Ordinal));
        }
    }
}
