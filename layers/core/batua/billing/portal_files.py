"""The files that tax portals take, as the OpenAPI document describes them: they come without our envelope."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import WithJsonSchema

_EINVOICE = {
    "Version": "1.1",
    "TranDtls": {"TaxSch": "GST", "SupTyp": "B2B", "RegRev": "N", "IgstOnIntra": "N"},
    "DocDtls": {"Typ": "INV", "No": "INV/2627/000001", "Dt": "05/11/2026"},
    "SellerDtls": {
        "Gstin": "29AAGCB7383J1Z4",
        "LglNm": "Batua Labs LLP",
        "Addr1": "1 MG Road",
        "Loc": "Bengaluru",
        "Pin": 560001,
        "Stcd": "29",
    },
    "BuyerDtls": {
        "Gstin": "27AAPFU0939F1ZV",
        "LglNm": "Shree Traders",
        "Addr1": "2 Fort",
        "Loc": "Mumbai",
        "Pin": 400001,
        "Stcd": "27",
        "Pos": "27",
    },
    "ItemList": [
        {
            "SlNo": "1",
            "PrdDesc": "Platform fee, November 2026",
            "IsServc": "Y",
            "HsnCd": "998313",
            "Qty": 1,
            "Unit": "OTH",
            "UnitPrice": 1000,
            "TotAmt": 1000,
            "AssAmt": 1000,
            "GstRt": 18,
            "IgstAmt": 180,
            "CgstAmt": 0,
            "SgstAmt": 0,
            "TotItemVal": 1180,
        }
    ],
    "ValDtls": {"AssVal": 1000, "CgstVal": 0, "SgstVal": 0, "IgstVal": 180, "TotInvVal": 1180},
}

EInvoiceFile = Annotated[
    list[dict[str, Any]],
    WithJsonSchema(
        {
            "type": "array",
            "description": "One INV-01 document, version 1.1, as the National Informatics Centre publishes its schema. "
            "Amounts are in rupees.",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "required": ["Version", "TranDtls", "DocDtls", "SellerDtls", "BuyerDtls", "ItemList", "ValDtls"],
            },
            "examples": [[_EINVOICE]],
        }
    ),
]
"""A list of one INV-01 document: the form in which the e-invoice portals take an upload."""

GstReturnFile = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "description": "GSTR-1 of a month, as the GST portal's offline tool imports it: a section for each table "
            "that has documents. Amounts are in rupees, `fp` is the month as MMYYYY.",
            "required": ["gstin", "fp", "version"],
            "examples": [
                {
                    "gstin": "29AAGCB7383J1Z4",
                    "fp": "112026",
                    "version": "GST3.2",
                    "b2b": [
                        {
                            "ctin": "27AAPFU0939F1ZV",
                            "inv": [
                                {
                                    "inum": "INV/2627/000001",
                                    "idt": "05-11-2026",
                                    "val": 1180,
                                    "pos": "27",
                                    "rchrg": "N",
                                    "inv_typ": "R",
                                    "itms": [{"num": 1, "itm_det": {"rt": 18, "txval": 1000, "iamt": 180}}],
                                }
                            ],
                        }
                    ],
                }
            ],
        }
    ),
]
"""A month's GSTR-1."""
