"""Whether a mail address lies at the domain of a firm's website."""

from typing import Final
from urllib.parse import urlsplit

# Labels under which a country's firms register a name of their own: firm.co.kr, firm.or.jp.
_SECOND_LEVEL: Final = """
ac ad biz co com ed edu es go gov gr hs info kg lg mil ms ne net nic or org pe pro re sc
"""
# The regions of Korea and the prefectures of Japan: names are registered below them as well.
_KOREAN_REGIONS: Final = """
busan chungbuk chungnam daegu daejeon gangwon gwangju gyeongbuk gyeonggi gyeongnam incheon jeju
jeonbuk jeonnam seoul ulsan
"""
_PREFECTURES: Final = """
aichi akita aomori chiba ehime fukui fukuoka fukushima gifu gunma hiroshima hokkaido hyogo
ibaraki ishikawa iwate kagawa kagoshima kanagawa kochi kumamoto kyoto mie miyagi miyazaki nagano
nagasaki nara niigata oita okayama okinawa osaka saga saitama shiga shimane shizuoka tochigi
tokushima tokyo tottori toyama wakayama yamagata yamaguchi yamanashi
"""
# Domains at which anybody gets an address or a page: they prove nothing about a firm.
_MAIL_FOR_EVERYBODY: Final = """
gmail.com googlemail.com naver.com daum.net hanmail.net kakao.com nate.com korea.com
dreamwiz.com chol.com paran.com empal.com hotmail.com outlook.com outlook.kr outlook.jp live.com
live.jp msn.com icloud.com me.com mac.com yahoo.com yahoo.co.jp yahoo.co.kr ymail.ne.jp aol.com
proton.me protonmail.com gmx.com zoho.com mail.com qq.com 163.com 126.com docomo.ne.jp
ezweb.ne.jp au.com softbank.ne.jp softbank.jp ymobile.ne.jp nifty.com biglobe.ne.jp ocn.ne.jp
so-net.ne.jp plala.or.jp dion.ne.jp odn.ne.jp goo.jp excite.co.jp infoseek.jp asahi-net.or.jp
hi-net.ne.jp eonet.ne.jp bbiq.jp tiki.ne.jp
"""
_PAGES_FOR_EVERYBODY: Final = """
tistory.com blogspot.com blogger.com google.com wordpress.com wix.com wixsite.com weebly.com
squarespace.com jimdo.com jimdofree.com jimdosite.com webnode.com webnode.jp webnode.kr
strikingly.com notion.site notion.so github.io gitlab.io netlify.app vercel.app pages.dev
herokuapp.com imweb.me cafe24.com modoo.at creatorlink.net ecplaza.net ec21.com gobizkorea.com
tradekorea.com buykorea.org alibaba.com indiamart.com made-in-china.com ameblo.jp fc2.com
hatenablog.com livedoor.jp seesaa.net sakura.ne.jp xsrv.jp lolipop.jp heteml.jp goope.jp
crayonsite.net peraichi.com thebase.in stores.jp shop-pro.jp facebook.com instagram.com
linkedin.com youtube.com x.com twitter.com line.me naver.me linktr.ee ipros.jp ipros.com
metoree.com nikkan.co.jp mitok.info
"""
SECOND_LEVEL: Final = frozenset(_SECOND_LEVEL.split())
REGIONS: Final = {
    "kr": frozenset(_KOREAN_REGIONS.split()),
    "jp": frozenset(_PREFECTURES.split()),
}
SHARED: Final = frozenset([*_MAIL_FOR_EVERYBODY.split(), *_PAGES_FOR_EVERYBODY.split()])


def registrable(host: str) -> str:
    """The part of a host that its owner registered: firm.co.kr of shop.firm.co.kr.

    Empty for an address in numbers, a name of one label, a bare suffix and what is no host.
    """
    try:
        name = host.strip().rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        return ""
    labels = name.split(".")
    if len(labels) < 2 or not all(labels) or labels[-1].isdigit():
        return ""
    length = 2
    if len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL:
        length = 3
    elif labels[-2] in REGIONS.get(labels[-1], ()):
        # Japan's cities stand between: firm.nagoya.aichi.jp.
        length = 4 if labels[-1] == "jp" else 3
    return ".".join(labels[-length:]) if len(labels) >= length else ""


def domain_of_website(url: str) -> str:
    """The firm's own domain; empty when the page lies at a place that anybody may use."""
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
    return _own(host)


def domain_of_address(address: str) -> str:
    """The domain of a mail address; empty when anybody gets an address there."""
    return _own(address.rpartition("@")[2])


def _own(host: str) -> str:
    domain = registrable(host)
    return "" if domain in SHARED else domain


def is_at_website(address: str, website: str) -> bool:
    """Whether whoever reads mail at `address` belongs to the owner of `website`."""
    domain = domain_of_website(website)
    return bool(domain) and domain_of_address(address) == domain
